/** The trail of one plugin, from load to close: what was seen of it, in the order in which it happened. */
import type { Transition } from "moult";
import type { Ask, Op, Receipt } from "./op.ts";
import type { CallStep } from "./step.ts";

/** What a call came to. */
export type Outcome =
  | { readonly kind: "answered"; readonly receipt: Receipt }
  /** The guest's own `err`. */
  | { readonly kind: "refused"; readonly receipt: Receipt }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export interface Call {
  readonly id: number;
  readonly op: Op;
  readonly size: number;
  readonly step: CallStep;
  /** It was made while a granted function of the same plugin was on the stack. */
  readonly nested: boolean;
  outcome: Outcome | undefined;
  /** How often it ran to its end in what serves. */
  ran: number;
}

/** What the host answered to a guest. */
export interface Gift {
  readonly id: number;
  readonly ask: Ask;
  readonly value: number;
  /** The instance that asked. */
  readonly by: number;
  /** Of an effect. */
  readonly callId?: string;
}

export type Sight =
  /** An instance serves from now on, and began with this state. */
  | {
      readonly at: "begun";
      readonly by: number;
      readonly version: number;
      readonly count: number;
      readonly chain: number;
    }
  /** A call ran to its end in an instance, and left this state. */
  | {
      readonly at: "ran";
      readonly by: number;
      readonly id: number;
      readonly count: number;
      readonly chain: number;
    }
  | { readonly at: "record"; readonly record: Transition }
  /** Somebody asked for the state, and got this one later: a snapshot, a twin. */
  | {
      readonly at: "looked";
      /** The length of the trail when it was asked for. */
      readonly from: number;
      readonly what: string;
      readonly count: number;
      readonly chain: number;
    };

/** What the driver knows of a record that it asked for. */
export interface Asked {
  readonly what: "swap" | "rehearsal" | "rollback" | "accept";
  readonly reset: boolean;
  readonly discard: boolean;
  readonly probation: boolean;
}

export class Trail {
  readonly sights: Sight[] = [];
  readonly calls = new Map<number, Call>();
  readonly gifts = new Map<number, Gift[]>();
  /** Records that answers and errors brought, and what was asked for. */
  readonly asked = new Map<Transition, Asked>();

  give(gift: Gift): void {
    const same = this.gifts.get(gift.id);
    if (same) same.push(gift);
    else this.gifts.set(gift.id, [gift]);
  }

  /** Forgets what was checked. */
  clear(): void {
    this.sights.length = 0;
    this.calls.clear();
    this.gifts.clear();
    this.asked.clear();
  }
}
