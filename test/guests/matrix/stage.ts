/** The stage on which the fault matrix plays: the host says at every turn of a guest's life what goes wrong there. */
import { capability, imported } from "moult/guest";

@capability("test:matrix/stage@1.0.0")
export class Stage {
  /** What to do at this turn. */
  static at(turn: u32): u32 {
    return imported<u32>();
  }
  /** Tells that a call ran here. */
  static ran(n: u32): void {
    imported<void>();
  }
  static act(n: u32): u32 {
    return imported<u32>();
  }
  static draw(): u32 {
    return imported<u32>();
  }
}

// The turns.
export const START: u32 = 1;
export const SAVE: u32 = 2;
export const RESTORE: u32 = 3;
export const RESTORED: u32 = 4;
export const CHECK: u32 = 5;
export const STOP: u32 = 6;
export const CALL: u32 = 7;
export const MIGRATE: u32 = 8;
/** A call of a version that asks something else than its predecessor. */
export const NEXT_CALL: u32 = 9;

// What can go wrong.
const TRAP: u32 = 1;
export const WRONG: u32 = 2;
const GROW: u32 = 3;
const ACT: u32 = 4;
const TELL: u32 = 5;
const SPIN: u32 = 6;
const TAKE: u32 = 7;

let spins: u32 = 0;

/** Asks what to do, and does it. @returns whether the guest has to do something wrong by itself */
export function turn(n: u32): bool {
  const what = Stage.at(n);
  if (what == TRAP) throw new Error("it broke here");
  if (what == GROW) memory.grow(1);
  if (what == ACT) Stage.act(1000 + n);
  if (what == TELL) Stage.ran(1000 + n);
  while (what == SPIN) spins++;
  while (what == TAKE) heap.alloc(65536);
  return what == WRONG;
}

export function hash(bytes: Uint8Array): u32 {
  let h: u32 = 2166136261;
  for (let i = 0; i < bytes.length; i++) h = (h ^ unchecked(bytes[i])) * 16777619;
  return h;
}

export function ballastOf(size: u32): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < bytes.length; i++) unchecked((bytes[i] = <u8>((i * 31) ^ (i >> 8))));
  return bytes;
}
