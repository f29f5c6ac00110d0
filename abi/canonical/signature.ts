/** How the parameters and the result of a function cross: a few as core values, more in memory. */

import { LIMITS } from "../limits.ts";
import type { FunctionType, ValueType } from "../type.ts";
import type { Codec, Core } from "./codec.ts";
import { codec } from "./compose.ts";
import { struct } from "./layout.ts";
import { allocate, checkRange, type Guest, misfit, unsigned } from "./memory.ts";

export interface Parameters {
  readonly codecs: readonly Codec[];
  /**
   * Turns arguments into the core values for the call. Throws when there are too few arguments, or too many.
   */
  lower(guest: Guest, values: readonly unknown[]): Core[];
  lift(guest: Guest, flat: readonly unknown[]): unknown[];
  /** The number of core values. */
  readonly width: number;
}

/** @param of the text after a parameter's name in messages: ` of log` */
export function parameters(type: FunctionType, of: string): Parameters {
  const codecs = type.params.map((param) => codec(param.type, `parameter ${param.name}${of}`));
  const flat = codecs.reduce((sum, codec) => sum + codec.layout.flat.length, 0);
  const spilled = flat > LIMITS.flatParams;
  const { lower, lift } = spilled ? inMemory(codecs, of) : inCore(codecs);
  return {
    codecs,
    width: spilled ? 1 : flat,
    lift,
    lower: (guest, values) =>
      values.length === codecs.length ? lower(guest, values) : wrongCount(codecs.length, values.length),
  };
}

type Crossing = Pick<Parameters, "lower" | "lift">;

function inCore(codecs: readonly Codec[]): Crossing {
  const starts: number[] = [];
  let width = 0;
  for (const codec of codecs) {
    starts.push(width);
    width += codec.layout.flat.length;
  }
  return {
    lower: (guest, values) => {
      const flat: Core[] = [];
      for (let i = 0; i < codecs.length; i++) codecs[i]!.lower(guest, values[i], flat, starts[i]!);
      return flat;
    },
    lift: (guest, flat) => {
      const values: unknown[] = [];
      for (let i = 0; i < codecs.length; i++) values.push(codecs[i]!.lift(guest, flat, starts[i]!));
      return values;
    },
  };
}

function inMemory(codecs: readonly Codec[], of: string): Crossing {
  const { size, align, offsets } = struct(codecs.map((codec) => codec.layout));
  const place = `parameters${of}`;
  return {
    lower: (guest, values) => {
      const pointer = allocate(guest, align, size, place);
      codecs.forEach((codec, i) => {
        codec.store(guest, values[i], pointer + offsets[i]!);
      });
      return [pointer];
    },
    lift: (guest, flat) => {
      const pointer = unsigned(flat[0], place);
      checkRange(guest, pointer, size, align, "an area", place);
      return codecs.map((codec, i) => codec.load(guest, pointer + offsets[i]!));
    },
  };
}

/**
 * How a result crosses. A result that is no single core value lies in an area: the guest's own, or one that
 * the guest gave a pointer to.
 */
export interface Result {
  /** Lifts the export's answer. */
  lift(guest: Guest, core: unknown): unknown;
  /** Lowers the import's answer; `area` is the guest's pointer for it, if one is needed. */
  lower(guest: Guest, value: unknown, area: unknown): Core | undefined;
  readonly inArea: boolean;
}

export function result(type: ValueType | undefined, place: string): Result {
  if (type === undefined) return { inArea: false, lift: () => undefined, lower: () => undefined };
  const whole = codec(type, place);
  const { size, align, flat } = whole.layout;
  if (flat.length > LIMITS.flatResults) {
    const check = (guest: Guest, area: unknown): number => {
      const pointer = unsigned(area, place);
      checkRange(guest, pointer, size, align, "an area", place);
      return pointer;
    };
    return {
      inArea: true,
      lift: (guest, core) => {
        guest.memory.budget = guest.memory.most;
        return whole.load(guest, check(guest, core));
      },
      lower: (guest, value, area) => {
        whole.store(guest, value, check(guest, area));
        return undefined;
      },
    };
  }
  const { one } = whole;
  if (one !== undefined) return { inArea: false, lift: one.lift, lower: one.lower };
  return {
    inArea: false,
    lift: (guest, core) => {
      guest.memory.budget = guest.memory.most;
      return whole.lift(guest, [core], 0);
    },
    lower: (guest, value) => {
      const flat: Core[] = [];
      whole.lower(guest, value, flat, 0);
      return flat[0];
    },
  };
}

export function wrongCount(wanted: number, found: number): never {
  const arguments_ = wanted === 1 ? "1 argument" : `${wanted} arguments`;
  return misfit("argument", "parameters", `wanted ${arguments_}, found ${found}`);
}
