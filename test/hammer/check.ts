/**
 * The oracle: goes through a trail in the order in which things happened, and makes every acknowledged call in the model.
 * What an answer, an instance or a record says otherwise is a problem.
 */
import type { Transition } from "moult";
import { callProblem } from "./call-problem.ts";
import { giftProblems, gotOf } from "./gifts.ts";
import { isEffect, Ledger, type Link, nameOf } from "./ledger.ts";
import { kindOf } from "./op.ts";
import { Spans } from "./spans.ts";
import type { Gift, Sight, Trail } from "./trail.ts";
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

/** A call without an answer, and what it was given. */
export interface Lost extends Omit<Link, "got"> {
  readonly gifts: readonly Gift[];
}

type Seen<A extends Sight["at"]> = Extract<Sight, { at: A }>;
/** What is wrong; nothing when it is right. */
type Problem = string | undefined;

export class Checker {
  /** What the state has to be. */
  ledger: Ledger;
  /** Calls that ended with the plugin, or with its store: a store may bring the last of them back. */
  readonly lost: Lost[] = [];
  readonly #trail: Trail;
  /** Whether an instance ever served. */
  readonly #served: (by: number) => boolean;
  #serving: Served | undefined;
  #trial: Trial | undefined;
  /** The generation that serves, by its number in records. */
  #generation = 1;
  #lastId = 0;
  /** Of this run: the records, how many of them were taken, and calls that were found in the chain. */
  #records: readonly Transition[] = [];
  #taken = 0;
  #acknowledged = 0;
  /** The states that the model was in, and the sight that it is at. */
  #spans = new Spans();
  #at = 0;
  readonly #problems: string[] = [];

  /** @param served whether an instance ever served */
  constructor(ledger: Ledger, trail: Trail, served: (by: number) => boolean) {
    this.ledger = ledger;
    this.#trail = trail;
    this.#served = served;
  }

  /** The version that serves, as the trail tells it. */
  get serving(): VersionKind | undefined {
    return this.#serving?.version;
  }

  /**
   * Goes through all that was seen since the last time. Every outcome is known by now.
   *
   * @returns the problems, and the number of calls that were acknowledged and found in the chain
   */
  run(): { readonly problems: readonly string[]; readonly acknowledged: number } {
    const { sights, calls } = this.#trail;
    this.#problems.length = 0;
    this.#records = sights.flatMap((sight) => (sight.at === "record" ? [sight.record] : []));
    this.#taken = 0;
    this.#acknowledged = 0;
    const spans = this.#walk();
    for (const [at, sight] of sights.entries()) {
      if (sight.at === "looked") this.#say(lookProblem(sight, at, spans));
    }
    for (const call of calls.values()) {
      const gifts = this.#trail.gifts.get(call.id) ?? [];
      this.#say(callProblem(call, gifts));
      if (call.outcome?.kind === "failed" && ENDED.has(call.outcome.code)) this.lost.push({ ...call, gifts });
    }
    for (const problem of giftProblems(this.#trail, this.#served)) this.#say(problem);
    return { problems: this.#problems, acknowledged: this.#acknowledged };
  }

  /** @returns the states that the model was in */
  #walk(): Spans {
    const spans = new Spans();
    this.#spans = spans;
    spans.stand(this.ledger.name, 0);
    let told = 0;
    for (const [at, sight] of this.#trail.sights.entries()) {
      this.#at = at;
      if (sight.at === "begun") this.#say(this.#begun(sight));
      if (sight.at === "ran") this.#say(this.#ran(sight));
      if (sight.at === "record" && ++told > this.#taken) this.#take();
      spans.stand(this.ledger.name, at + 1);
    }
    return spans;
  }

  #begun(sight: Seen<"begun">): Problem {
    const version = kindOfVersion(sight.version);
    const { name } = version;
    const before = this.#serving;
    this.#serving = { by: sight.by, version };
    // Of a store it begins with a snapshot, to which the calls since are added.
    if (!before) return undefined;
    this.#serving = before;
    const record = this.#until(({ outcome }) => outcome === "swapped" || outcome === "restarted");
    const from = this.#serving;
    this.#serving = { by: sight.by, version };
    if (!record) return `an instance of ${name} began to serve, and no record says so`;
    if (record.to?.version !== `${version.number}.0.0`) {
      return `an instance of ${name} began to serve, and its record says ${record.to?.version}`;
    }
    if (record.outcome === "restarted") {
      return version === from.version ? undefined : `${from.version.name} was restarted as ${name}`;
    }
    const { reset = false, probation = false } = this.#trail.asked.get(record) ?? {};
    this.#trial = probation ? { incumbent: from, base: this.ledger.clone(), calls: [], reset } : undefined;
    if (reset) this.ledger = new Ledger();
    if (nameOf(sight) === this.ledger.name) return undefined;
    return `${name} took over ${nameOf(sight)} at the cutover, and the acknowledged calls made ${this.ledger.name}`;
  }

  #ran({ id, by, ...left }: Seen<"ran">): Problem {
    const call = this.#trail.calls.get(id);
    if (!call) return `${by} ran a call ${id} that was made of a copy`;
    if (id <= this.#lastId) this.#say(`call ${id} ran after call ${this.#lastId}`);
    this.#lastId = id;
    call.ran++;
    if (this.#serving?.by !== by) this.#until(() => this.#serving?.by === by);
    const serving = this.#serving;
    if (serving?.by !== by) return `call ${id} ran in instance ${by}, and ${serving?.by} serves`;
    const { outcome, op, size } = call;
    if (outcome?.kind !== "answered" && outcome?.kind !== "refused") return undefined;
    this.#acknowledged++;
    const { version } = serving;
    const got = gotOf(call, this.#trail, { by, idle: version.idle, served: this.#served });
    if (typeof got === "string") return got;
    const link = { op, id, size, got };
    this.ledger.link(link, version);
    this.#trial?.calls.push(link);
    const { receipt } = outcome;
    if (receipt.version !== version.number) {
      return `call ${id} was answered by version ${receipt.version}, and ${version.number} serves`;
    }
    const { name } = this.ledger;
    if (nameOf(left) === name && nameOf(receipt) === name) return undefined;
    return `call ${id}, ${op}, left ${nameOf(left)} and answered ${nameOf(receipt)}, where the acknowledged calls make ${name}`;
  }

  /** Takes records, in order, until one is found; those of instances that begin are left for these. */
  #until(found: (record: Transition) => boolean): Transition | undefined {
    for (let record = this.#records[this.#taken]; record; record = this.#records[this.#taken]) {
      const begins = record.outcome === "swapped" || record.outcome === "restarted";
      if (begins && !found(record)) return undefined;
      this.#taken++;
      this.#say(this.#moved(record));
      if (!begins) this.#say(this.#told(record));
      if (found(record)) return record;
    }
    return undefined;
  }

  /** Takes the next record, which no sight before it was about. */
  #take(): void {
    const record = this.#records[this.#taken++]!;
    this.#say(this.#moved(record));
    this.#say(this.#told(record));
  }

  #told(record: Transition): Problem {
    switch (record.outcome) {
      case "rolled-back": {
        const problem = this.#returned(record);
        // A call may have run before the record was told, and a snapshot may have been taken before that call.
        this.#spans.stand(this.ledger.name, this.#at);
        return problem;
      }
      case "permanent":
        this.#trial = undefined;
        return undefined;
      case "swapped":
      case "restarted":
        return `a record says ${record.outcome}, and no instance began to serve`;
      default:
        return undefined;
    }
  }

  /** What serves before and after it. */
  #moved({ outcome, from, to, cause }: Transition): Problem {
    const before = this.#generation;
    const moves = outcome === "swapped" || outcome === "restarted" || outcome === "rolled-back";
    if (moves && to) this.#generation = to.generation;
    // A rollback that was asked for may find, when its turn comes, that the version went back by itself.
    const stays = outcome === "not-rolled-back" && cause?.code !== "not-on-probation";
    if ((moves || stays) && from.generation !== before) {
      return `${outcome}: generation ${before} served, and its record is from ${from.generation}`;
    }
    if (outcome !== "permanent" || to?.generation === before) return undefined;
    return `generation ${to?.generation} is permanent, and ${before} served`;
  }

  #returned(record: Transition): Problem {
    const [trial, left] = [this.#trial, this.#serving];
    if (!trial || !left) return "it was rolled back, and was not on probation";
    const { incumbent, base, calls, reset } = trial;
    this.#trial = undefined;
    this.#serving = incumbent;
    this.ledger = base;
    if (this.#trail.asked.get(record)?.discard) return undefined;
    for (const link of calls) this.ledger.link(link, incumbent.version);
    const { replayed } = record;
    const ran = `a rollback ran ${replayed?.calls} calls again, ${replayed?.divergences} of them differing`;
    if (replayed?.calls !== calls.length) return `${ran}; there were ${calls.length}`;
    // Every answer names its version, and how many calls there were.
    const differ = incumbent.version === left.version ? 0 : calls.length;
    return reset || replayed.divergences === differ ? undefined : `${ran}; it had to be ${differ}`;
  }

  #say(problem: Problem): void {
    if (problem !== undefined) this.#problems.push(problem);
  }
}

/** Codes of calls that may be in a store all the same. */
const ENDED: ReadonlySet<string> = new Set(["closed", "store-failed"]);

function lookProblem({ from, what, count, chain }: Seen<"looked">, at: number, spans: Spans): Problem {
  const name = nameOf({ count, chain });
  if (spans.has(name, from, at)) return undefined;
  return `${what} is of ${name}, which the acknowledged calls did not make in that time`;
}

/**
 * What the state may be after a store came back: the model's, or that with one more call to which there was no answer.
 *
 * @param gifts what the host answered while it came back
 */
export function* possible({ ledger, lost, serving }: Checker, gifts: Trail["gifts"]): Generator<Ledger> {
  yield ledger;
  if (!serving) return;
  for (const { gifts: before, ...call } of lost) {
    const { asks } = kindOf(call.op);
    // An idle version asks for no effects.
    const asked = asks.flatMap((ask, i) => (serving.idle && isEffect(ask) ? [] : [i]));
    const again = (gifts.get(call.id) ?? []).map(({ value }) => value);
    const answers = [...before.map(({ value }) => value).slice(0, asked.length - again.length), ...again];
    const got = asks.map((_, i) => answers[asked.indexOf(i)] ?? 0);
    const more = ledger.clone();
    more.link({ ...call, got }, serving);
    yield more;
  }
}
