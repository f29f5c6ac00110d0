/** Values: what lies in a guest's memory is of its type, or refused; and so is what is put there. */
import fc from "fast-check";
import { type Guest, Views } from "../../abi/canonical/memory.ts";
import { lift, lower } from "../../abi/canonical/value.ts";
import { decodeValue, encodeValue } from "../../abi/canonical/value-bytes.ts";
import { anyType, valuesOf } from "../canonical/arbitrary.ts";
import { applied, changes, type Fuzzer, property, readOrRefused } from "./fuzzer.ts";

const SIZE = 4_096;
const ENCODINGS = ["utf8", "utf16", "latin1+utf16", "utf16+latin1"] as const;

/** A memory that allocates from the middle on, and then answers pointers that lead nowhere. */
function guest(strings: Guest["strings"], bytes: Uint8Array<ArrayBuffer>): Guest {
  let top = SIZE / 2;
  return {
    memory: new Views({ buffer: bytes.buffer }),
    strings,
    realloc(_old, _oldSize, align, size) {
      top = (top + align - 1) & -align;
      const at = top;
      top += size;
      return at;
    },
  };
}

export const values: Fuzzer = {
  name: "values",
  what: "memories and value bytes, random and changed, to lift; values of any kind to lower, for any type",
  few: 400,
  async property() {
    const junk = fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true });
    const inputs = anyType.chain((type) =>
      fc.record({
        type: fc.constant(type),
        value: valuesOf(type),
        other: junk,
        memory: fc.uint8Array({ maxLength: 64 }),
        changes,
        strings: fc.constantFrom(...ENCODINGS),
      }),
    );
    return property(inputs, async ({ type, value, other, memory, changes, strings }) => {
      const bytes = new Uint8Array(SIZE);
      const own = guest(strings, bytes);
      await readOrRefused(() => lower(type, own, value, 0), "AbiError");
      for (const [i, byte] of memory.entries()) bytes[(i * 61) % SIZE]! ^= byte;
      const found = await readOrRefused(() => lift(type, own, 0), "AbiError");
      // What was lifted is of the type, and so is what becomes of it.
      if (found !== undefined) decodeValue(type, encodeValue(type, found));
      const read = await readOrRefused(
        () => decodeValue(type, applied(changes, encodeValue(type, value))),
        "AbiError",
      );
      if (read !== undefined) encodeValue(type, read);
      const fits = await readOrRefused(() => encodeValue(type, other), "AbiError");
      if (fits) decodeValue(type, fits);
    });
  },
};
