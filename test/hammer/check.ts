/**
 * The oracle: goes through a trail in the order in which things happened, and makes every acknowledged call in the model.
 * What an answer, an instance or a record says otherwise is a problem.
 */
import type { SwapRecord } from "moult";
import { giftProblems, gotOf } from "./gifts.ts";
import { Ledger, type Link, nameOf } from "./ledger.ts";
import { kindOf } from "./op.ts";
import type { Call, Gift, Sight, Trail } from "./trail.ts";
import { kindOfVersion, type VersionKind } from "./version.ts";

/** An instance that serves, or did. */
interface Served {
  readonly by: number;
  readonly version: VersionKind;
}

/** A version on probation: where its incumbent stands, and what came since. */
interface Trial {
  readonly incumbent: Served;
  readonly base: Ledger;
  readonly calls: Link[];
  /** It began without the incumbent's state. */
  readonly reset: boolean;
}

/** In which the model was in one state: from one sight of the trail to another. */
interface Span {
  from: number;
  to: number;
}

/** A call without an answer, and what it was given. */
export interface Lost extends Omit<Link, "got"> {
  readonly gifts: readonly Gift[];
}

type Begun = Extract<Sight, { at: "begun" }>;
type Ran = Extract<Sight, { at: "ran" }>;

export class Checker {
  /** What the state has to be. */
  ledger: Ledger;
  readonly problems: string[] = [];
  /** Calls that ended with the plugin, or with its store: a store may bring the last of them back. */
  readonly unknown: Lost[] = [];
  readonly #trail: Trail;
  get debug() {
    return this.#trail;
  }
  readonly #whole: (by: number) => boolean;
  #serving: Served | undefined;
  #trial: Trial | undefined;
  /** Generation that serves, by its number in records. */
  #generation = 1;
  #lastId = 0;
  #records: SwapRecord[] = [];
  #next = 0;
  #states = new Map<string, Span[]>();
  acknowledged = 0;

  /**
   * @param begun whether an instance ever served
   */
  constructor(ledger: Ledger, trail: Trail, begun: (by: number) => boolean) {
    this.ledger = ledger;
    this.#trail = trail;
    this.#whole = begun;
  }

  /** Calls that were acknowledged and found in the chain, since the last time. */
  takeAcknowledged(): number {
    const { acknowledged } = this;
    this.acknowledged = 0;
    return acknowledged;
  }

  /** The version that serves, as the trail tells it. */
  get serving(): VersionKind | undefined {
    return this.#serving?.version;
  }

  /** Goes through all that was seen since the last time. Every outcome is known by now. */
  run(): void {
    const { sights, calls } = this.#trail;
    this.#records = sights.flatMap((sight) => (sight.at === "record" ? [sight.record] : []));
    this.#next = 0;
    this.#states.clear();
    this.#stand(0);
    let told = 0;
    for (const [at, sight] of sights.entries()) {
      if (sight.at === "begun") this.#begun(sight);
      else if (sight.at === "ran") this.#ran(sight);
      else if (sight.at === "record" && ++told > this.#next) this.#record();
      this.#stand(at + 1);
    }
    for (const sight of sights) if (sight.at === "looked") this.#looked(sight);
    for (const call of calls.values()) this.#ended(call);
    for (const problem of giftProblems(this.#trail, this.#whole)) this.#say(problem);
  }

  #begun(sight: Begun): void {
    const version = kindOfVersion(sight.version);
    const served = { by: sight.by, version };
    if (!this.#serving) {
      // Of a store: its snapshot, to which the calls since are added.
      this.#serving = served;
      return;
    }
    const record = this.#until(({ outcome }) => outcome === "swapped" || outcome === "restarted");
    if (!record) {
      this.#say(`an instance of ${version.name} began to serve, and no record says so`);
      return;
    }
    if (record.to?.version !== `${version.number}.0.0`) {
      this.#say(`an instance of ${version.name} began to serve, and its record says ${record.to?.version}`);
    }
    if (record.outcome === "restarted") {
      if (version !== this.#serving.version) this.#say(`it was restarted as ${version.name}`);
      this.#serving = served;
      return;
    }
    const { reset = false, probation = false } = this.#trail.asked.get(record) ?? {};
    this.#trial = probation
      ? { incumbent: this.#serving, base: this.ledger.clone(), calls: [], reset }
      : undefined;
    if (reset) this.ledger = new Ledger();
    if (nameOf(sight) !== this.ledger.name) {
      this.#say(
        `${version.name} took over ${nameOf(sight)} at the cutover, and the acknowledged calls made ${this.ledger.name}`,
      );
    }
    this.#serving = served;
  }

  #ran(sight: Ran): void {
    const call = this.#trail.calls.get(sight.id);
    if (!call) {
      this.#say(`${sight.by} ran a call ${sight.id} that was made of a copy`);
      return;
    }
    if (sight.id <= this.#lastId) this.#say(`call ${sight.id} ran after call ${this.#lastId}`);
    this.#lastId = sight.id;
    call.ran++;
    if (this.#serving?.by !== sight.by) this.#until(() => this.#serving?.by === sight.by);
    if (this.#serving?.by !== sight.by) {
      this.#say(`call ${sight.id} ran in instance ${sight.by}, and ${this.#serving?.by} serves`);
      return;
    }
    const { outcome, op, id, size } = call;
    if (outcome?.kind !== "answered" && outcome?.kind !== "refused") return;
    this.acknowledged++;
    const { version } = this.#serving;
    const got = gotOf(call, this.#trail, { by: sight.by, idle: version.idle, served: this.#whole });
    if (typeof got === "string") {
      this.#say(got);
      return;
    }
    const link = { op, id, size, got };
    this.ledger.link(link, version);
    this.#trial?.calls.push(link);
    const { receipt } = outcome;
    if (receipt.version !== version.number) {
      this.#say(`call ${id} was answered by version ${receipt.version}, and ${version.number} serves`);
    }
    if (nameOf(sight) !== this.ledger.name || nameOf(receipt) !== this.ledger.name) {
      this.#say(
        `call ${id}, ${op}, left ${nameOf(sight)} and answered ${nameOf(receipt)}, where the acknowledged calls make ${this.ledger.name}`,
      );
    }
  }

  /** Takes records, in order, until one is found. */
  #until(found: (record: SwapRecord) => boolean): SwapRecord | undefined {
    while (this.#next < this.#records.length) {
      const record = this.#records[this.#next]!;
      if (record.outcome === "swapped" || record.outcome === "restarted") {
        if (!found(record)) return undefined;
        this.#transition(record);
        this.#next++;
        return record;
      }
      this.#record();
      if (found(record)) return record;
    }
    return undefined;
  }

  /** Takes the next record. */
  #record(): void {
    const record = this.#records[this.#next++]!;
    this.#transition(record);
    if (record.outcome === "rolled-back") this.#returned(record);
    if (record.outcome === "permanent") this.#trial = undefined;
    if (record.outcome === "swapped" || record.outcome === "restarted") {
      this.#say(`a record says ${record.outcome}, and no instance began to serve`);
    }
  }

  /** What serves before and after it. */
  #transition({ outcome, from, to, cause }: SwapRecord): void {
    const moves = ["swapped", "restarted", "rolled-back"].includes(outcome);
    // A rollback that was asked for may find, when its turn comes, that the version went back by itself.
    const stays = outcome === "not-rolled-back" && cause?.code !== "not-on-probation";
    if ((moves || stays) && from.generation !== this.#generation) {
      this.#say(
        `${outcome}: generation ${this.#generation} served, and its record is from ${from.generation}`,
      );
    }
    if (outcome === "permanent" && to?.generation !== this.#generation) {
      this.#say(`generation ${to?.generation} is permanent, and ${this.#generation} served`);
    }
    if (moves && to) this.#generation = to.generation;
  }

  #returned(record: SwapRecord): void {
    const trial = this.#trial;
    if (!trial || !this.#serving) {
      this.#say("it was rolled back, and was not on probation");
      return;
    }
    this.#trial = undefined;
    const { version } = trial.incumbent;
    const calls = trial.calls.length;
    // Every answer names its version, and how many calls there were.
    const differ = version === this.#serving.version && !trial.reset ? 0 : calls;
    this.#serving = trial.incumbent;
    const discard = this.#trail.asked.get(record)?.discard ?? false;
    this.ledger = trial.base;
    if (discard) return;
    const { replayed } = record;
    if (replayed?.calls !== calls || (replayed.divergences !== differ && !trial.reset)) {
      this.#say(
        `a rollback ran ${replayed?.calls} calls again, ${replayed?.divergences} of them differing; it had to be ${calls} and ${differ}`,
      );
    }
    for (const link of trial.calls) this.ledger.link(link, version);
  }

  #looked({ from, what, count, chain }: Extract<Sight, { at: "looked" }>): void {
    const spans = this.#states.get(nameOf({ count, chain })) ?? [];
    if (spans.some(({ to }) => to >= from)) return;
    this.#say(
      `${what} is of ${nameOf({ count, chain })}, which the acknowledged calls did not make in that time`,
    );
  }

  /** From here on the state is this. */
  #stand(at: number): void {
    const { name } = this.ledger;
    const spans = this.#states.get(name);
    const last = spans?.at(-1);
    if (last && last.to === at - 1) last.to = at;
    else if (spans) spans.push({ from: at, to: at });
    else this.#states.set(name, [{ from: at, to: at }]);
  }

  /** A call of which all is known. */
  #ended({ id, op, size, outcome, ran }: Call): void {
    if (!outcome) {
      this.#say(`call ${id}, ${op}, was never answered`);
      return;
    }
    if (outcome.kind !== "failed") {
      if (ran !== 1) this.#say(`call ${id}, ${op}, was acknowledged, and ran ${ran} times`);
      return;
    }
    const { code } = outcome;
    if (ran > 0 && !["store-failed", "closed", "trapped"].includes(code)) {
      this.#say(`call ${id}, ${op}, was answered [${code}], and ran`);
    }
    const gifts = this.#trail.gifts.get(id) ?? [];
    if (code === "closed" || code === "store-failed") this.unknown.push({ id, op, size, gifts });
    if (UNCALLED.has(code) && gifts.length > 0) {
      this.#say(`call ${id}, ${op}, was answered [${code}], and had asked its host`);
    }
  }

  #say(problem: string): void {
    this.problems.push(problem);
  }
}

/**
 * What the state may be after a store came back: the model's, or that with one more call which nobody had an answer to.
 *
 * @param gifts what the host answered while it came back
 */
export function* possible({ ledger, unknown, serving }: Checker, gifts: Trail["gifts"]): Generator<Ledger> {
  yield ledger;
  for (const { gifts: before, ...call } of unknown) {
    const wanted = kindOf(call.op).asks.length;
    const again = (gifts.get(call.id) ?? []).map(({ value }) => value);
    const got = [...before.map(({ value }) => value).slice(0, wanted - again.length), ...again];
    const more = ledger.clone();
    more.link({ ...call, got }, serving!);
    yield more;
  }
}

/** Codes that say that the call was not made. */
export const UNCALLED: ReadonlySet<string> = new Set([
  "argument",
  "swapping",
  "answers-later",
  "reentrant",
  "queue-full",
  "deadline",
  "aborted",
]);
