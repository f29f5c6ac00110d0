/** What guests are granted: a stage that sees what they do and says what goes wrong, and a world that answers. */
import { capability, type Grant } from "moult";
import { z } from "zod";
import { type Gap, pass } from "./gap.ts";
import type { Ask } from "./op.ts";
import type { Granted, Step, Turn } from "./step.ts";
import type { Trail } from "./trail.ts";

/** An error that was planned: whatever becomes of it, it is no fault. */
export class Planned extends Error {
  override readonly name = "Planned";
}

/** An instance of a guest. */
interface Instance {
  readonly signal: AbortSignal;
  begun: boolean;
}

interface Armed {
  readonly turn: number;
  readonly what: number;
  left: number;
}

const TURNS: Readonly<Record<Turn, number>> = { start: 1, restored: 2, check: 3, stop: 4 };
const TIRED = 5;
const WRONGS = { trap: 1, wrong: 2 } as const;

/** Numbers that no two answers share, in the whole process. */
let values = 0;

export interface WorldOptions {
  readonly suspends: boolean;
  /** Effects may answer at once. */
  readonly effects: boolean;
  /** Calls that an instance of a version that tires can do. */
  readonly strength: number;
  readonly trail: Trail;
  /** Does a step while a guest asks. */
  readonly perform: (step: Step) => void;
}

export class World {
  readonly grants: readonly Grant[];
  readonly instances: Instance[] = [];
  readonly #bySignal = new Map<AbortSignal, number>();
  /** How the grants behave in one call. */
  readonly granted = new Map<number, Granted>();
  /** Faults that came up: of a guest's turn, and of a grant. */
  turnsFailed = 0;
  grantsFailed = 0;
  readonly #armed: Armed[] = [];
  #held: (() => void)[] = [];
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.grants = [this.#stage(), this.#world()];
  }

  /** The nth time that a guest comes to this turn, it goes wrong. */
  arm(turn: Turn, wrong: "trap" | "wrong", nth: number): void {
    this.#armed.push({ turn: TURNS[turn], what: WRONGS[wrong], left: nth });
  }

  /** Nothing goes wrong any more. */
  disarm(): void {
    this.#armed.length = 0;
  }

  /** Answers all that is held. */
  release(): void {
    for (const held of this.#held.splice(0)) held();
  }

  /** Instances whose grants were not ended. */
  get alive(): number {
    return this.instances.filter(({ signal }) => !signal.aborted).length;
  }

  #stage(): Grant {
    const { trail, strength } = this.#options;
    const number = z.uint32();
    const functions = {
      at: { params: [number], returns: number, kind: "read" },
      begun: { params: [number, number, number], kind: "post" },
      ran: { params: [number, number, number], kind: "post" },
      glance: { params: [number], returns: number, kind: "read" },
    } as const;
    return capability("test:hammer/stage@1", functions, ({ signal }) => {
      const by = this.#instance(signal);
      return {
        at: (turn) => (turn === TIRED ? strength : this.#wrongAt(turn)),
        begun: (version, count, chain) => {
          const last = trail.sights.at(-1);
          // Its start and its restore both tell; they are told together.
          if (last?.at === "begun" && last.by === by) trail.sights.pop();
          this.instances[by]!.begun = true;
          trail.sights.push({ at: "begun", by, version, count, chain });
        },
        ran: (id, count, chain) => void trail.sights.push({ at: "ran", by, id, count, chain }),
        glance: (id) => this.#now("glance", id, by),
      };
    });
  }

  #world(): Grant {
    const { suspends, effects } = this.#options;
    const number = z.uint32();
    const name = "test:hammer/world@1";
    const look = { params: [number], returns: number, kind: "read" } as const;
    const act = { params: [number], returns: number, kind: effects ? "effect" : "read" } as const;
    if (!suspends) {
      return capability(name, { look, act }, ({ signal, callId }) => {
        const by = this.#instance(signal);
        return {
          look: (id) => this.#now("look", id, by),
          act: (id) => this.#now("act", id, by, callId()),
        };
      });
    }
    const async = { async: true } as const;
    return capability(
      name,
      { look: { ...look, ...async }, act: { ...act, ...async } },
      ({ signal, callId }) => {
        const by = this.#instance(signal);
        return {
          look: (id) => this.#later("look", id, { by, signal }),
          act: (id) => this.#later("act", id, { by, signal, callId: callId() }),
        };
      },
    );
  }

  /** The grants of one instance are made with one signal. */
  #instance(signal: AbortSignal): number {
    const known = this.#bySignal.get(signal);
    if (known !== undefined) return known;
    const by = this.instances.push({ signal, begun: false }) - 1;
    this.#bySignal.set(signal, by);
    return by;
  }

  #now(ask: Ask, id: number, by: number, callId?: string): number {
    this.#meanwhile(id);
    this.#failing(id);
    return this.#give(ask, id, by, callId);
  }

  async #later(
    ask: Ask,
    id: number,
    { by, signal, callId }: { readonly by: number; readonly signal: AbortSignal; readonly callId?: string },
  ): Promise<number> {
    this.#meanwhile(id);
    const delay = this.granted.get(id)?.delay;
    if (delay) await this.#delayed(delay, signal);
    if (signal.aborted) throw this.#fault("its generation was retired");
    this.#failing(id);
    return this.#give(ask, id, by, callId);
  }

  #delayed(delay: Gap | "held", signal: AbortSignal): Promise<void> {
    if (delay !== "held") return pass(delay);
    return new Promise((resolve) => {
      this.#held.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #meanwhile(id: number): void {
    const how = this.granted.get(id);
    if (!how?.during) return;
    const { during, ...rest } = how;
    this.granted.set(id, rest);
    this.#options.perform(during);
  }

  #failing(id: number): void {
    const how = this.granted.get(id);
    if (!how?.fails) return;
    const { fails, ...rest } = how;
    if (fails === "once") this.granted.set(id, rest);
    throw this.#fault("a grant that was to fail");
  }

  #fault(message: string): Planned {
    this.grantsFailed++;
    return new Planned(message);
  }

  #give(ask: Ask, id: number, by: number, callId?: string): number {
    const value = ++values >>> 0;
    this.#options.trail.give({ id, ask, value, by, ...(callId !== undefined && { callId }) });
    return value;
  }

  #wrongAt(turn: number): number {
    const armed = this.#armed.find((each) => each.turn === turn);
    if (!armed || --armed.left > 0) return 0;
    this.#armed.splice(this.#armed.indexOf(armed), 1);
    this.turnsFailed++;
    return armed.what;
  }
}
