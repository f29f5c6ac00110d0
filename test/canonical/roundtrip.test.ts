import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coreSignature } from "../../abi/canonical/layout.ts";
import { exported, type Guest, imported, layout, lift, lower } from "../../abi/canonical/mod.ts";
import type { ValueType } from "../../abi/type.ts";
import { anyType, valuesOf } from "./arbitrary.ts";
import { type Heap, heap } from "./heap.ts";
import { fromPlain, type Plain, toPlain } from "./plain.ts";

const typed = anyType.chain((type) => fc.tuple(fc.constant(type), valuesOf(type)));
const several = fc.array(typed, { maxLength: 7 });
const encodings = ["utf8", "utf16", "latin1+utf16"] as const;
const never = (): never => {
  throw new Error("called");
};

function place(guest: Heap, type: ValueType): number {
  const { size, align } = layout(type);
  return guest.realloc(0, 0, align, size);
}

describe.each(encodings)("in a guest whose strings are %s", (strings) => {
  test("what is lowered to memory lifts to the same, although every allocation grows the memory", () => {
    fc.assert(
      fc.property(typed, ([type, value]) => {
        const guest = heap({ strings, grow: true });
        const pointer = place(guest, type);
        lower(type, guest, value, pointer);
        expect(lift(type, guest, pointer)).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test("what a host passes to an export, and the export to an import, arrives", () => {
    fc.assert(
      fc.property(several, (params) => {
        const type = { params: params.map(([type], i) => ({ name: `p${i}`, type })) };
        const guest = heap({ strings });
        let arrived: unknown[] = [];
        const sink = imported(
          type,
          (...args: unknown[]) => {
            arrived = args;
          },
          () => guest,
        );
        exported(type, sink, undefined, guest, never)(...params.map(([, value]) => value));
        expect(arrived).toStrictEqual(params.map(([, value]) => value));
      }),
      { numRuns: 300 },
    );
  });

  test("what a host answers to an import, and that to an export, comes back", () => {
    fc.assert(
      fc.property(typed, ([type, value]) => {
        const guest: Guest = heap({ strings });
        const core = relay({ params: [], result: type }, () => value, guest);
        const wrapped = typeof type === "object" && "result" in type;
        if (wrapped) return;
        expect(exported({ params: [], result: type }, core, undefined, guest, never)()).toStrictEqual(value);
      }),
      { numRuns: 300 },
    );
  });
});

/** A guest's export that hands its host the answer of an import. */
function relay(type: { params: []; result: ValueType }, implementation: () => unknown, guest: Guest) {
  const source = imported(type, implementation, () => guest);
  if (coreSignature(type, "import").params.length === 0) return () => source();
  return () => {
    const area = place(guest as Heap, type.result);
    source(area);
    return area;
  };
}

test("a value survives its plain spelling", () => {
  fc.assert(
    fc.property(typed, ([type, value]) => {
      const plain = JSON.parse(JSON.stringify(toPlain(type, value))) as Plain;
      expect(fromPlain(type, plain)).toStrictEqual(value);
    }),
  );
});
