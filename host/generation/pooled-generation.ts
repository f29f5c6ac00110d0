/**
 * Generations of several instances, for plugins that declare no state: each call goes to an instance that has none, so
 * that as many can be inside at a time.
 */
import { type Awaitable, isPromise } from "../awaitable.ts";
import type { Contract } from "../contract/contract.ts";
import type { PluginError } from "../errors.ts";
import type { Build, Call, Generation, Image, State } from "./generation.ts";
import type { CallLog, CallObserver, RecordedCall, TrappedCall } from "./observer.ts";
import type { HostCalls } from "./question.ts";

/** One instance, and how many calls are in it: at most one, unless they are observed. */
interface Member {
  readonly generation: Generation;
  inside: number;
  /** Called when nothing is inside any more. */
  left: (() => void) | undefined;
}

type Invoke = (...args: unknown[]) => unknown;

export class PooledGeneration implements Generation {
  readonly number: number;
  readonly build: Build;
  calls: readonly Call[] = [];
  trapped: PluginError | undefined;
  readonly #members: readonly Member[];
  /** Functions, by their numbers, as errors name them. */
  readonly #keys: string[] = [];
  /** Where calls are recorded, all go to the first member, one after the other. */
  #observed = false;
  #last: Promise<unknown> = Promise.resolve();
  /** The member that was called last. */
  #latest: Member;

  /** @param generations of one build, at least one */
  constructor(generations: readonly Generation[], contracts: readonly Contract[]) {
    this.#members = generations.map((generation) => ({ generation, inside: 0, left: undefined }));
    this.#latest = this.#members[0]!;
    const { number, build } = this.#first;
    this.number = number;
    this.build = build;
    this.#keys.push(...contracts.flatMap(keysOf));
    this.#bound();
  }

  get #first(): Generation {
    return this.#members[0]!.generation;
  }

  get #all(): readonly Generation[] {
    return this.#members.map(({ generation }) => generation);
  }

  get answersLater(): boolean {
    return this.#first.answersLater;
  }

  get cloneable(): boolean {
    return this.#first.cloneable;
  }

  get fuelUsed(): number | undefined {
    return this.#latest.generation.fuelUsed;
  }

  bind(contract: Contract): void {
    const first = this.#keys.length;
    try {
      for (const each of this.#all) each.bind(contract);
    } catch (error) {
      for (const each of this.#all) each.unbind(first);
      throw error;
    }
    this.#keys.push(...keysOf(contract));
    this.#bound();
  }

  unbind(first: number): void {
    for (const each of this.#all) each.unbind(first);
    this.#keys.length = Math.min(first, this.#keys.length);
    this.#bound();
  }

  /** Calls that are kept nowhere need no order, and stay apart. */
  observe(observer: CallObserver | undefined): void {
    const own = observer?.log || observer?.journal.live ? observer : undefined;
    this.#observed = own !== undefined;
    this.#first.observe(own);
  }

  answerFrom(hostCalls: () => HostCalls): void {
    this.#observed = true;
    this.#first.answerFrom(hostCalls);
  }

  failed(error: unknown, name: string): PluginError {
    return this.#latest.generation.failed(error, name);
  }

  abandon(error: PluginError): void {
    this.trapped ??= error;
    for (const each of this.#all) each.abandon(error);
  }

  /** A member trapped: it gets no calls, and its siblings no more either. */
  lost(error: PluginError): void {
    this.trapped ??= error;
  }

  save(reuse?: State): Awaitable<State | undefined> {
    return this.#first.save(reuse);
  }

  saveInPlace(): Awaitable<State | undefined> {
    return this.#first.saveInPlace();
  }

  forget(): void {
    this.#first.forget();
  }

  restore(state: State): Awaitable<void> {
    return this.#first.restore(state);
  }

  async check(): Promise<void> {
    for (const each of this.#all) await each.check();
  }

  serve(): void {
    for (const each of this.#all) each.serve();
  }

  closing(): void {
    for (const each of this.#all) each.closing();
  }

  discard(): void {
    for (const each of this.#all) each.discard();
  }

  /** Each ends when nothing is inside any more: another one's trap is no reason to end a call. */
  async retire(): Promise<unknown> {
    const ended = await Promise.all(
      this.#members.map(async (member) => {
        if (member.inside > 0) {
          await new Promise<void>((resolve) => {
            member.left = resolve;
          });
        }
        return member.generation.retire();
      }),
    );
    return ended.find((error) => error !== undefined);
  }

  replay(call: RecordedCall, log?: CallLog): Awaitable<number> {
    return this.#first.replay(call, log);
  }

  resume(call: TrappedCall): Awaitable<unknown> {
    return this.#first.resume(call);
  }

  image(): Awaitable<Image> {
    return this.#first.image();
  }

  clone(): Awaitable<Generation> {
    return this.#first.clone();
  }

  #bound(): void {
    this.calls = this.#first.calls.map(
      (_, slot) =>
        (...args: never[]) =>
          this.#call(slot, args),
    );
  }

  #call(slot: number, args: readonly unknown[]): unknown {
    if (!this.#observed) return this.#made(this.#free(), slot, args);
    const [first] = this.#members as [Member];
    if (!this.answersLater) return this.#made(first, slot, args);
    const answer = this.#last.then(() => this.#made(first, slot, args));
    this.#last = answer.catch(() => {});
    return answer;
  }

  #free(): Member {
    return this.#members.find(({ inside }) => inside === 0) ?? this.#latest;
  }

  #made(member: Member, slot: number, args: readonly unknown[]): unknown {
    const { generation } = member;
    const failed = (error: unknown): never => {
      throw generation.failed(error, this.#keys[slot]!);
    };
    member.inside++;
    this.#latest = member;
    let answer: unknown;
    try {
      answer = (generation.calls[slot] as Invoke)(...args);
    } catch (error) {
      this.#leave(member);
      return failed(error);
    }
    if (!isPromise(answer)) {
      this.#leave(member);
      return answer;
    }
    return answer.then(
      (value) => {
        this.#leave(member);
        return value;
      },
      (error) => {
        this.#leave(member);
        return failed(error);
      },
    );
  }

  #leave(member: Member): void {
    member.inside--;
    if (member.inside === 0) member.left?.();
  }
}

function keysOf({ functions }: Contract): string[] {
  return [...functions.keys()];
}
