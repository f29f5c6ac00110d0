/** Manifests: believed as far as they are true of their module, or refused. */
import fc from "fast-check";
import { parseManifest, readManifest } from "../../abi/manifest.ts";
import { signature } from "../../abi/spelling.ts";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { withSection } from "../faults/guest.ts";
import { applied, changes, type Fuzzer, property, readOrRefused } from "./fuzzer.ts";
import { fewGuests } from "./guests.ts";
import { tried } from "./modules.ts";

const NAME = "moult:manifest";

/** A place in a manifest, and what is put there. */
const puts = fc.array(fc.record({ at: fc.nat(), value: fc.oneof(fc.jsonValue(), odd()) }), { maxLength: 3 });

function odd() {
  return fc.constantFrom<unknown>(
    ...[-1, 0, 1, 65_536, 65_537, 2 ** 31, 1e21, "", "__proto__", "then", "a\nb", "x".repeat(5_000)],
    ...["string", "u64", "bool", { list: "u8" }, { option: { option: "char" } }, { tuple: [] }, { enum: [] }],
    ...[{ record: [{ name: "then", type: "u8" }] }, { list: "u8", length: 2 ** 30 }, { flags: ["a", "a"] }],
    nested(40),
    nested(20),
  );
}

function nested(depth: number): unknown {
  return depth === 0 ? "u8" : { list: nested(depth - 1), length: 3 };
}

export const manifests: Fuzzer = {
  name: "manifests",
  what: "manifests, with other values in some places or changed bytes, in their modules, to load",
  few: 120,
  async property() {
    const guests = (await fewGuests()).map(({ bytes }) => {
      const manifest = readManifest(new WebAssembly.Module(bytes))!;
      return { bytes, bare: without(bytes), text: JSON.stringify(manifest) };
    });
    const inputs = fc.record({
      guest: fc.nat(guests.length - 1),
      puts,
      changes: fc.option(changes, { freq: 3 }),
      words: fc.array(fc.oneof(fc.nat(40), fc.string(), fc.constant(undefined))),
    });
    return property(inputs, async ({ guest, puts, changes: each, words }) => {
      const { bytes, bare, text } = guests[guest]!;
      const put = new TextEncoder().encode(JSON.stringify(puts.reduce(placed, JSON.parse(text))));
      const payload = each ? applied(each, put) : put;
      const manifest = await readOrRefused(() => parseManifest(payload), "AbiError");
      for (const one of manifest?.exports ?? []) signature(one);
      await tried(Uint8Array.from(withSection(bare, NAME, payload)), bytes, words);
    });
  },
};

/** The module without its manifest. */
function without(module: Uint8Array): Uint8Array {
  const section = new WasmBinary(module).sections.find(({ custom, name }) => custom && name === NAME)!;
  return Buffer.concat([module.subarray(0, section.start), module.subarray(section.end)]);
}

/** The value with another one in one of its places. */
function placed(whole: unknown, { at, value }: { readonly at: number; readonly value: unknown }): unknown {
  const places: { readonly of: Record<string, unknown>; readonly key: string }[] = [];
  const walk = (each: unknown): void => {
    if (typeof each !== "object" || each === null) return;
    for (const key of Object.keys(each)) {
      places.push({ of: each as Record<string, unknown>, key });
      walk((each as Record<string, unknown>)[key]);
    }
  };
  walk(whole);
  if (places.length === 0) return structuredClone(value);
  const { of, key } = places[at % places.length]!;
  of[key] = structuredClone(value);
  return whole;
}
