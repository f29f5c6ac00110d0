/**
 * What all versions do: every call is one link of a chain, into which its function, its argument and what it was
 * granted go. The containers follow from the chain.
 */
import { Result } from "moult/guest";
import { Stage, World } from "./grants";

export class Core {
  count: u32 = 0;
  chain: u32 = 0;
  /** For each of 64 kinds, the number of the last call that left a chain of it. */
  recent: Map<u32, u32> = new Map();
  /** Kinds that were met an odd number of times. */
  marks: Set<u32> = new Set();
  /** The last eight texts. */
  texts: Array<string> = [];
  ballast: Uint8Array = new Uint8Array(0);
}

export class Receipt {
  version: u32 = 0;
  count: u32 = 0;
  chain: u32 = 0;
}

// The functions.
const ADD: u32 = 1;
const NOTE: u32 = 2;
const TAKE: u32 = 3;
const LOOK: u32 = 4;
const GLANCE: u32 = 5;
const ACT: u32 = 6;
const BOTH: u32 = 7;
const KEEP: u32 = 8;
const HOARD: u32 = 9;
const BREAK: u32 = 10;
const EXTRA: u32 = 11;

// The turns.
const START: u32 = 1;
const RESTORED: u32 = 2;
const CHECK: u32 = 3;
const STOP: u32 = 4;
const TIRED: u32 = 5;

// What can go wrong there.
const TRAP: u32 = 1;
const WRONG: u32 = 2;

// What is odd about a version.
/** It goes on with another chain than the others would. */
export const DIFFERS: u32 = 1;
/** An instance traps after some calls. */
export const TIRES: u32 = 2;
/** It does not do what it says. */
export const IDLE: u32 = 4;

@transient let core: Core = new Core();
@transient let version: u32 = 0;
@transient let oddity: u32 = 0;
/** Calls that this instance can still do. */
@transient let strength: u32 = u32.MAX_VALUE;

/** An instance starts: what its state is, and which version it is. */
export function begin(state: Core, number: u32, odd: u32 = 0): void {
  core = state;
  version = number;
  oddity = odd;
  if (Stage.at(START) == TRAP) throw new Error("it breaks in its start");
  if (oddity & TIRES) strength = Stage.at(TIRED);
  Stage.begun(version, core.count, core.chain);
}

function fold(value: u32): void {
  core.chain = (core.chain ^ value) * 16777619 + 1;
}

/** Half of a call is in the state from here on. */
function open(op: u32, id: u32): void {
  if (strength-- == 0) throw new Error("this instance is tired");
  core.count++;
  if (oddity & DIFFERS) fold(4711);
  fold(op);
  fold(id);
}

function close(id: u32): Receipt {
  const kind = core.chain % 64;
  core.recent.set(kind, core.count);
  if (!core.marks.delete(kind)) core.marks.add(kind);
  Stage.ran(id, core.count, core.chain);
  return receipt();
}

function receipt(): Receipt {
  return { version, count: core.count, chain: core.chain };
}

function look(id: u32): void {
  fold(World.look(id));
}

function act(id: u32): void {
  fold(oddity & IDLE ? 0 : World.act(id));
}

export function add(id: u32): Receipt {
  open(ADD, id);
  return close(id);
}

export function note(id: u32, text: string): Receipt {
  open(NOTE, id);
  fold(text.length);
  core.texts.push(text);
  if (core.texts.length > 8) core.texts.shift();
  return close(id);
}

/** Refuses every second time, and has changed its state all the same. */
export function take(id: u32): Result<Receipt, Receipt> {
  open(TAKE, id);
  return id % 2 ? Result.err<Receipt, Receipt>(close(id)) : Result.ok<Receipt, Receipt>(close(id));
}

export function glance(id: u32): Receipt {
  open(GLANCE, id);
  fold(Stage.glance(id));
  return close(id);
}

export function lookAt(id: u32): Receipt {
  open(LOOK, id);
  look(id);
  return close(id);
}

export function actOn(id: u32): Receipt {
  open(ACT, id);
  act(id);
  return close(id);
}

export function both(id: u32): Receipt {
  open(BOTH, id);
  look(id);
  act(id);
  look(id);
  act(id);
  return close(id);
}

/** Keeps so many bytes in its state. */
export function keep(id: u32, size: u32): Receipt {
  open(KEEP, id);
  core.ballast = new Uint8Array(size);
  for (let i: u32 = 0; i < size; i++) core.ballast[i] = <u8>(core.chain >> (i % 24));
  return close(id);
}

/** Allocates so many bytes, and lets go of them. */
export function hoard(id: u32, size: u32): Receipt {
  open(HOARD, id);
  const bytes = new Uint8Array(size);
  bytes.fill(7);
  fold(bytes[size >> 1]);
  return close(id);
}

/** Looks, and changes nothing. */
export function peek(id: u32): Receipt {
  Stage.ran(id, core.count, core.chain);
  return receipt();
}

export function breakEarly(id: u32): Receipt {
  throw new Error("it breaks before it did anything");
}

/** Breaks when it has done something, outside too. */
export function breakLate(id: u32): Receipt {
  open(BREAK, id);
  act(id);
  throw new Error("it breaks when it has done something");
}

/** In some versions only. */
export function more(id: u32): Receipt {
  open(EXTRA, id);
  return close(id);
}

export function onRestore(): void {
  const what = Stage.at(RESTORED);
  if (what == TRAP) throw new Error("it breaks in its restore");
  if (what == WRONG) core.count += 1_000_000_000;
  Stage.begun(version, core.count, core.chain);
}

export function checkState(): string | null {
  const what = Stage.at(CHECK);
  if (what == TRAP) throw new Error("it breaks in its check");
  return what == WRONG || core.count >= 1_000_000_000 ? "it finds its state wrong" : null;
}

export function stop(): void {
  if (Stage.at(STOP) == TRAP) throw new Error("it breaks in its stop");
}
