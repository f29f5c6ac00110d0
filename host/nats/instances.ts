/**
 * The instances of a subject, one by one: for callers of whom one was not answered in time. A queue group gives a
 * process that is frozen its share, and does not say who has a message. So each instance has a subject of its own, and
 * all of them are asked, together, who is there.
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { now } from "../timer.ts";
import type { Line } from "./line.ts";

/** Milliseconds in which an instance has to say that it is there. */
const LOOK = 1_000;
/** Milliseconds until they are asked again, at first and at most. */
const FIRST_LOOK = 500;
const LONGEST_LOOK = 15_000;
/** Milliseconds without a late call after which the queue group is good enough: the server ends silent connections in six minutes. */
const WELL = 600_000;
/** Subjects and instances that are known, at most. */
const [SUBJECTS, INSTANCES] = [1_000, 4_096];

export class Instances {
  readonly #line: Line;
  /** The subject that asks a subject's instances who is there. */
  readonly #asking: (subject: string) => string;
  readonly #subjects = new Map<string, Asked>();

  constructor(line: Line, asking: (subject: string) => string) {
    this.#line = line;
    this.#asking = asking;
  }

  /** @returns the instance that a call should go to; nothing where that is left to the queue group */
  pick(subject: string, tried: ReadonlySet<string>): string | undefined {
    const known = this.#subjects.get(subject);
    if (known && now() > known.until) this.#subjects.delete(subject);
    else if (known) return known.pick(tried);
    return undefined;
  }

  /** One that is not among these, as soon as one is heard of. @returns nothing where none is */
  async other(subject: string, tried: ReadonlySet<string>): Promise<string | undefined> {
    const known = this.#known(subject);
    await known.ask();
    return known.pick(tried);
  }

  /** A call was not answered in time. @param instance nothing where the queue group had it */
  late(subject: string, instance: string | undefined): void {
    const known = this.#known(subject);
    known.until = now() + WELL;
    known.late(instance);
  }

  /** The server said that it is not there. */
  gone(subject: string, instance: string): void {
    this.#subjects.get(subject)?.there.delete(instance);
  }

  #known(subject: string): Asked {
    const known = this.#subjects.get(subject) ?? new Asked(this.#line.connection, this.#asking(subject));
    // The one that was late last is the last to be forgotten.
    this.#subjects.delete(subject);
    const [oldest] = this.#subjects.size >= SUBJECTS ? this.#subjects.keys() : [];
    if (oldest !== undefined) this.#subjects.delete(oldest);
    this.#subjects.set(subject, known);
    return known;
  }
}

class Asked {
  /** When it is forgotten. */
  until = now() + WELL;
  /** Those that said so when they were asked last. */
  readonly there = new Set<string>();
  readonly #connection: NatsConnection;
  readonly #asking: string;
  /** Those that were late since they were asked last. */
  readonly #late = new Set<string>();
  #next = 0;
  #look = FIRST_LOOK;
  /** Resolves with the first that says something. */
  #first: Promise<void> | undefined;

  constructor(connection: NatsConnection, asking: string) {
    this.#connection = connection;
    this.#asking = asking;
  }

  pick(tried: ReadonlySet<string>): string | undefined {
    // It is asked while calls go on, so that no timer is left behind.
    if (now() >= this.#next) void this.ask();
    const all = [...this.there].filter((each) => !tried.has(each));
    return all[Math.floor(Math.random() * all.length)];
  }

  late(instance: string | undefined): void {
    if (instance !== undefined) {
      this.there.delete(instance);
      this.#late.add(instance);
    }
    this.#look = FIRST_LOOK;
    this.#next = Math.min(this.#next, now() + FIRST_LOOK);
  }

  /** Asks all who is there, unless they are being asked. @returns resolves when one said so, or none did */
  ask(): Promise<void> {
    this.#first ??= new Promise((resolve) => {
      void this.#ask(resolve);
    });
    return this.#first;
  }

  async #ask(told: () => void): Promise<void> {
    const heard = new Set<string>();
    this.#late.clear();
    try {
      const asked = { strategy: "timer", maxWait: LOOK, noMux: true } as const;
      for await (const { data } of await this.#connection.requestMany(this.#asking, "", asked)) {
        const instance = new TextDecoder().decode(data);
        if (!/^[0-9a-f]{32}$/.test(instance) || heard.size >= INSTANCES) continue;
        heard.add(instance);
        if (!this.#late.has(instance)) this.there.add(instance);
        told();
      }
    } catch {
      // Nobody is there, or the server is away: the queue group says which.
    }
    for (const instance of this.there) if (!heard.has(instance)) this.there.delete(instance);
    this.#first = undefined;
    this.#next = now() + this.#look;
    this.#look = Math.min(this.#look * 2, LONGEST_LOOK);
    told();
  }
}
