/** The guests' state once more, in plain JavaScript: what it has to be after the same calls. */
import { type Ask, kindOf, type Op, textOf } from "./op.ts";

/** A call that was acknowledged, as a link of the chain. */
export interface Link {
  readonly op: Op;
  readonly id: number;
  readonly size: number;
  /** What the host answered, one for each that it is asked. */
  readonly got: readonly number[];
}

/** What is odd about the version that makes a link. */
export interface Oddity {
  readonly differs: boolean;
  /** Asks for no effect, and goes on as with the answer 0. */
  readonly idle: boolean;
}

export class Ledger {
  count = 0;
  chain = 0;
  recent = new Map<number, number>();
  marks = new Set<number>();
  texts: string[] = [];
  ballast = new Uint8Array(0);

  clone(): Ledger {
    const copy = new Ledger();
    copy.count = this.count;
    copy.chain = this.chain;
    copy.recent = new Map(this.recent);
    copy.marks = new Set(this.marks);
    copy.texts = [...this.texts];
    copy.ballast = this.ballast;
    return copy;
  }

  /** Makes a call, as a guest does. */
  link({ op, id, size, got }: Link, { differs, idle }: Oddity): void {
    const { number, asks } = kindOf(op);
    if (number === 0) return;
    this.count++;
    if (differs) this.#fold(4711);
    this.#fold(number);
    this.#fold(id);
    if (op === "note") this.#note(textOf(id, size));
    if (op === "hoard") this.#fold(7);
    for (const [i, ask] of asks.entries()) this.#fold(idle && isEffect(ask) ? 0 : (got[i] ?? 0));
    if (op === "keep") this.ballast = Uint8Array.from({ length: size }, (_, i) => this.chain >>> (i % 24));
    const kind = this.chain % 64;
    this.recent.set(kind, this.count);
    if (!this.marks.delete(kind)) this.marks.add(kind);
  }

  /** How it is told from others, shortly. */
  get name(): string {
    return nameOf(this);
  }

  #note(text: string): void {
    this.#fold(text.length);
    this.texts.push(text);
    if (this.texts.length > 8) this.texts.shift();
  }

  #fold(value: number): void {
    this.chain = (Math.imul(this.chain ^ value, 16777619) + 1) >>> 0;
  }
}

export function nameOf({ count, chain }: { readonly count: number; readonly chain: number }): string {
  return `${count}:${chain.toString(16)}`;
}

export function isEffect(ask: Ask): boolean {
  return ask === "act";
}
