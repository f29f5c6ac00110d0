/** Sending a call to a version, wherever it is hosted: until it is answered, or its time is up. */
import type { Contract } from "../contract/contract.ts";
import { PluginError } from "../errors.ts";
import { type Fabric, type Message, Unserved } from "../fabric/fabric.ts";
import { type Calling, Payloads } from "../fabric/payloads.ts";
import { after, type Timers } from "../timer.ts";
import { versionSubject } from "./address.ts";
import { type FarFunction, farFunctions } from "./far-version.ts";
import { releaseOf } from "./release.ts";

export interface SenderOptions {
  readonly contract: Contract;
  /** The plugin's. */
  readonly name: string;
  /** Bytes of memory that an answer may take. */
  readonly maxBytes: number;
  /** Functions that are called again where no answer comes. */
  readonly idempotent: ReadonlySet<string>;
  readonly timers: Timers;
}

export interface Sending {
  readonly args: readonly unknown[];
  /** Milliseconds of the call. */
  readonly timeout: number;
  /** When they are up. */
  readonly due: number;
  readonly signal: AbortSignal | undefined;
  /** Whether it waits for a node that may come: there is no other version to go to. */
  readonly patient: boolean;
}

interface Sent extends Calling, Omit<Sending, "args"> {
  /** Whether it may be called twice. */
  readonly again: boolean;
  readonly one: FarFunction;
}

/** The functions of a version. */
type Version = ReadonlyMap<string, FarFunction>;

/** Milliseconds before a call is sent again: each time four times as many. */
const PAUSE = 20;
/** How often a call is sent, at most. */
const TRIES = 4;
/** Errors after which a function that is idempotent is called again. */
const PASSING = new Set(["deadline", "unavailable", "closed", "queue-full"]);

export class Sender {
  readonly #fabric: Fabric;
  readonly #options: SenderOptions;
  readonly #payloads: Payloads;
  readonly #versions = new Map<string, Version | Promise<Version>>();

  constructor(fabric: Fabric, options: SenderOptions) {
    this.#fabric = fabric;
    this.#options = options;
    this.#payloads = new Payloads(fabric, options);
  }

  /** @throws PluginError `not-found`, `mismatch`, `bad-peer`; those of the fabric */
  functionsOf(version: string): Version | Promise<Version> {
    const known = this.#versions.get(version);
    if (known) return known;
    const asked = this.#functionsOf(version);
    this.#versions.set(version, asked);
    asked.then(
      (found) => this.#versions.set(version, found),
      // It is asked for again: the engine may be back, the version published.
      () => this.#versions.delete(version),
    );
    return asked;
  }

  /** Forgets all versions but these. */
  keep(versions: ReadonlySet<string>): void {
    for (const version of this.#versions.keys()) if (!versions.has(version)) this.#versions.delete(version);
  }

  /**
   * @throws NotThere where no node had the call
   * @throws PluginError the plugin's own, its node's, `argument`, `too-large`, `deadline`, `aborted`, `bad-peer`; those of the fabric
   */
  async send(version: string, called: string, { args, ...sending }: Sending): Promise<unknown> {
    const calling = { could: `could not call ${this.#options.name}.${called}`, ...sending };
    if (sending.signal?.aborted) throw givenUp(calling.could, false);
    const one = await this.#function(version, called);
    const outgoing = this.#payloads.outgoing(calling);
    try {
      const message = await outgoing.message(one.frame(args));
      const again = this.#options.idempotent.has(called);
      return await this.#sent(version, message, { ...calling, again, one });
    } finally {
      await outgoing.end();
    }
  }

  async #sent(version: string, message: Message, sent: Sent): Promise<unknown> {
    const { could, due, signal, patient, again, one } = sent;
    const { name, timers } = this.#options;
    const subject = versionSubject(name, version);
    let ran = false;
    for (let i = 1; ; i++) {
      const left = due - timers.now();
      // One of several tries may not take the time of the others.
      const timeout = Math.max(1, again && i < TRIES ? Math.min(left, sent.timeout / TRIES) : left);
      try {
        const answer = await this.#fabric.call(subject, message, { timeout, idempotent: again, signal });
        return one.answer(await this.#payloads.received(answer, sent));
      } catch (error) {
        const unserved = error instanceof Unserved;
        ran ||= !unserved;
        if (signal?.aborted) throw givenUp(could, ran);
        const own = unserved ? this.#unserved(could, version) : this.#ownError(error, version, sent);
        const passing = unserved ? patient : again && own instanceof PluginError && PASSING.has(own.code);
        const more = i < TRIES && timers.now() + PAUSE < due;
        if (!more || !passing) throw unserved ? new NotThere(own as PluginError) : own;
      }
      await pause(PAUSE * 4 ** (i - 1), timers);
    }
  }

  async #functionsOf(version: string): Promise<Version> {
    const { contract, name, maxBytes } = this.#options;
    const { shown } = this.#fabric;
    const release = await releaseOf(this.#fabric, name, version);
    if (release) return farFunctions(contract, release, { from: `${name} ${version} in ${shown}`, maxBytes });
    const why = `the version ${version} was not published in ${shown}`;
    throw new PluginError("not-found", `could not call ${name}: ${why}; it was not called`);
  }

  async #function(version: string, called: string): Promise<FarFunction> {
    try {
      return (await this.functionsOf(version)).get(called)!;
    } catch (error) {
      throw error instanceof PluginError ? new NotThere(error) : error;
    }
  }

  #unserved(could: string, version: string): PluginError {
    const why = `no node serves the version ${version} in ${this.#fabric.shown}`;
    return new PluginError("unavailable", `${could}: ${why}; it was not called`);
  }

  /** In the words of the call: a fabric knows subjects alone. */
  #ownError(error: unknown, version: string, { could, timeout }: Sent): unknown {
    if (!(error instanceof PluginError) || error.code !== "deadline" || error.rawMessage.startsWith(could))
      return error;
    const why = `the version ${version} did not answer within ${timeout} ms (timeout)`;
    return new PluginError("deadline", `${could}: ${why}; it may have been called`, { cause: error });
  }
}

/** No node had the call. */
export class NotThere extends Error {
  override readonly name = "NotThere";
  /** What the caller is told. */
  readonly error: PluginError;

  constructor(error: PluginError) {
    super(error.message);
    this.error = error;
  }
}

/** @param ran whether it may have */
export function givenUp(could: string, ran: boolean): PluginError {
  const end = ran ? "it may have been called" : "it was not called";
  return new PluginError("aborted", `${could}: its caller gave up; ${end}`);
}

function pause(milliseconds: number, timers: Timers): Promise<void> {
  return new Promise((resolve) => void after(milliseconds, resolve, { name: "pause", timers }));
}
