import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { codec } from "../../abi/canonical/compose.ts";
import type { Guest } from "../../abi/canonical/mod.ts";
import { type CoreType, coreSignature, layout, lift, lower } from "../../abi/canonical/mod.ts";
import { LIMITS } from "../../abi/limits.ts";
import type { ValueType } from "../../abi/type.ts";
import { type Heap, heap } from "./heap.ts";
import { fromPlain, type Plain } from "./plain.ts";

interface Vector {
  readonly name: string;
  readonly type: ValueType;
  readonly strings?: Guest["strings"];
  readonly value: Plain;
  readonly memory: string;
  readonly flat?: readonly string[];
  readonly flatMemory?: string;
  readonly message: string;
}
interface Signature {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result?: ValueType;
  readonly export: readonly [string, string];
  readonly import: readonly [string, string];
}
interface Vectors {
  readonly values: readonly Vector[];
  readonly lifts: readonly Vector[];
  readonly flatLifts: readonly Vector[];
  readonly traps: readonly Vector[];
  readonly signatures: readonly Signature[];
}

const file = new URL("../../abi/vectors/canonical.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8"), spellOut) as Vectors;
const BASE = 16;

/** `{ "enum": "257" }` is short for that many cases, `c0` and on. */
function spellOut(key: string, value: unknown): unknown {
  return key === "enum" && typeof value === "string"
    ? Array.from({ length: Number(value) }, (_, i) => `c${i}`)
    : value;
}

function guestOf(vector: Vector, memory = ""): Heap {
  const guest = heap({ strings: vector.strings ?? "utf8", top: BASE });
  guest.memory.bytes.set(Buffer.from(memory.replaceAll(" ", ""), "hex"), BASE);
  return guest;
}

function written(guest: Heap): string {
  return Array.from(guest.memory.bytes.subarray(BASE, guest.top), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join(" ");
}

function cores(flat: readonly string[]): (number | bigint)[] {
  return flat.map((text) => {
    const [core, digits] = text.split(" ") as [CoreType, string];
    if (core === "i64") return BigInt(digits);
    return core === "i32"
      ? Number(digits)
      : (fromPlain(
          core,
          Number.isNaN(Number(digits)) || digits === "-0" ? digits : Number(digits),
        ) as number);
  });
}

describe("values, in both directions", () => {
  for (const vector of vectors.values) {
    const { name, type, memory, flat, flatMemory = "" } = vector;
    const value = fromPlain(type, vector.value);

    test(`${name}: to memory`, () => {
      const guest = guestOf(vector);
      const { size, align } = layout(type);
      const pointer = guest.realloc(0, 0, align, size);
      lower(type, guest, value, pointer);
      expect(written(guest)).toBe(memory);
    });

    test(`${name}: from memory`, () => {
      expect(lift(type, guestOf(vector, memory), BASE)).toStrictEqual(value);
    });

    if (flat === undefined) {
      test(`${name}: does not travel as core values`, () => {
        expect(layout(type).flat.length).toBeGreaterThan(LIMITS.flatParams);
      });
      continue;
    }
    test(`${name}: to core values`, () => {
      const guest = guestOf(vector);
      const lowered: (number | bigint)[] = [];
      codec(type, "value").lower(guest, value, lowered, 0);
      const types = layout(type).flat;
      const unsigned = lowered.map((core, i) => {
        if (typeof core === "bigint") return BigInt.asUintN(64, core);
        return types[i] === "i32" ? core >>> 0 : core;
      });
      expect(types).toEqual(flat.map((text) => text.split(" ")[0]));
      expect(unsigned).toStrictEqual(cores(flat));
      expect(written(guest)).toBe(flatMemory);
    });

    test(`${name}: from core values`, () => {
      const guest = guestOf(vector, flatMemory);
      guest.memory.budget = LIMITS.lifted;
      expect(codec(type, "value").lift(guest, cores(flat), 0)).toStrictEqual(value);
    });
  }
});

test.each(vectors.lifts)("from memory only: $name", (vector) => {
  const { type, memory, value } = vector;
  expect(lift(type, guestOf(vector, memory), BASE)).toStrictEqual(fromPlain(type, value));
});

test.each(vectors.flatLifts)("from core values only: $name", (vector) => {
  const { type, flat, value } = vector;
  // An engine hands an i32 over as a signed number, and an i64 as a signed bigint.
  const signed = cores(flat!).map((core) => (typeof core === "bigint" ? BigInt.asIntN(64, core) : core | 0));
  expect(codec(type, "value").lift(guestOf(vector), signed, 0)).toStrictEqual(fromPlain(type, value));
});

test.each(vectors.traps)("refused: $name", (vector) => {
  const { type, memory, message } = vector;
  const act = () => lift(type, guestOf(vector, memory), BASE);
  expect(act).toThrow(expect.objectContaining({ name: "AbiError", fault: "guest", message }));
});

test.each(vectors.signatures)("core signature: $name", (vector) => {
  const type = {
    params: vector.params.map((type, i) => ({ name: `p${i}`, type })),
    ...(vector.result && { result: vector.result }),
  };
  for (const direction of ["export", "import"] as const) {
    const { params, results } = coreSignature(type, direction);
    expect([params.join(" "), results.join(" ")]).toEqual(vector[direction]);
  }
});
