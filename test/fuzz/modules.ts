/** Modules: loaded and called within their limits, or refused; and the host is none the worse. */
import fc from "fast-check";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { examine, load, log } from "../../host/mod.ts";
import { metrics } from "../faults/metrics.ts";
import { applied, changes, type Fuzzer, property, readOrRefused } from "./fuzzer.ts";
import { fewGuests } from "./guests.ts";

const LIMITS = { fuel: 200_000, hookFuel: 400_000, memory: 2 ** 24 };
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

const GRANTS = [metrics(), log(QUIET)];

export const modules: Fuzzer = {
  name: "modules",
  what: "modules, changed, to examine and load, with limits; each of their functions is called, and they are swapped",
  few: 120,
  async property() {
    const guests = await fewGuests();
    const inputs = fc.record({ guest: fc.nat(guests.length - 1), changes, words: fc.array(word) });
    return property(inputs, ({ guest, changes: each, words }) => {
      const { bytes } = guests[guest]!;
      return tried(applied(each, bytes, 8), bytes, words);
    });
  },
};

const word = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.string(), fc.boolean(), fc.constant(undefined));

/** @param original takes over what the changed one has, where it can */
export async function tried(
  bytes: Uint8Array<ArrayBuffer>,
  original: Uint8Array,
  words: readonly unknown[],
): Promise<void> {
  await readOrRefused(() => examined(new WasmBinary(bytes)), "Malformed");
  await readOrRefused(() => examine(bytes), "PluginError");
  const options = { limits: LIMITS, grant: GRANTS, maxStateBytes: 2 ** 20 };
  const plugin = await readOrRefused(() => load(bytes, options), "PluginError");
  if (!plugin) return;
  try {
    for (const [name, call] of Object.entries(plugin.call)) {
      const given = words.length === 0 ? [] : [words[name.length % words.length]];
      await readOrRefused(() => (call as (...args: unknown[]) => unknown)(...given), "PluginError");
    }
    await readOrRefused(() => plugin.snapshot(), "PluginError");
    await readOrRefused(() => plugin.swap(original), "PluginError");
  } finally {
    await plugin.close();
  }
}

/** Reads all that is read lazily. */
function examined(binary: WasmBinary): void {
  const { types, imports, functions, tables, memories, globals, exports, start } = binary;
  void [types, imports, functions, tables, memories, globals, exports, start];
  for (const { custom, name } of binary.sections) if (custom) binary.custom(name);
}
