/** The whole way: guests built from an author's text, their state through a file and into the next version. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Manifest } from "../../abi/manifest.ts";
import { decode } from "../../abi/state/avro/decode.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { readSnapshot, writeSnapshot } from "../../abi/state/container.ts";
import { checkModuleState, type ModuleState } from "../../abi/state/module-state.ts";
import { passage } from "../../abi/state/passage.ts";
import { build } from "../kept/build.ts";
import { Plugin } from "./guest-plugin.ts";

const author = (classes: string, body: string) => `import { state } from "moult/guest";
${classes}
const totals = state<Totals>();
export function handle(line: string): void {
${body}
}
`;
const V1 = author(
  `enum Level { low, high }
class Client { hits: u32 = 0; level: Level = Level.low; next: Client | null = null; }
@state class Totals {
  lines: u32 = 0;
  seen: Set<string> = new Set();
  sizes: Map<u16, i64> = new Map();
  clients: Map<string, Client> = new Map();
  last: Uint16Array = new Uint16Array(0);
  big: u64 = u64.MAX_VALUE;
}`,
  `totals.lines++;
  totals.seen.add(line);
  totals.sizes.set(<u16>line.length, -<i64>line.length);
  const client = new Client();
  client.hits = totals.lines;
  client.level = Level.high;
  client.next = new Client();
  totals.clients.set(line, client);
  totals.last = new Uint16Array(2);
  totals.last[1] = 65535;`,
);
/** Everything that may change without a word from the author. */
const V2 = author(
  `enum Level { none, low, high }
class Client { added: f64 = 0.5; next: Client | null = null; hits: u64 = 0; level: Level = Level.low; }
@state class Totals {
  big: u64 = 0;
  lines: i64 = 0;
  note: string = "none";
  seen: Array<string> = [];
  sizes: Map<u32, i64> = new Map();
  clients: Map<string, Client | null> = new Map();
  last: Array<i32> = [];
}`,
  "totals.lines++;",
);
const V3 = author(
  `class TotalsV1 {
  big: u64 = 0;
  lines: i64 = 0;
  note: string = "none";
  seen: Array<string> = [];
}
@state class Totals {
  count: f64 = 0;
  static from(old: TotalsV1): Totals {
    const now = new Totals();
    now.count = <f64>old.lines + <f64>old.seen.length;
    return now;
  }
}`,
  "totals.count++;",
);
const SMALL = author(
  `@state class Totals {
  big: u64 = 0;
  lines: u32 = 0;
  note: string = "";
  seen: Set<string> = new Set();
}`,
  `totals.lines = 5; totals.seen.add("a"); totals.seen.add("b");`,
);

interface Built {
  readonly manifest: Manifest & { readonly state: ModuleState };
  start(): Plugin;
}
const built = new Map<string, Built>();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-"));
  for (const [name, source] of Object.entries({ V1, V2, V3, SMALL })) {
    const entry = join(folder, `${name.toLowerCase()}.ts`);
    await writeFile(entry, source);
    const { wasm, manifest } = await build(entry, { optimize: "debug" });
    const module = await WebAssembly.compile(wasm as BufferSource);
    const memory = () => new WebAssembly.Memory({ initial: manifest.memory?.initial ?? 1 });
    built.set(name, { manifest: manifest as Built["manifest"], start: () => new Plugin(module, memory()) });
  }
});
afterAll(() => rm(folder, { recursive: true }));
const version = (name: string) => built.get(name) as Built;

/** As the host would: out of one version, through a file, into another. */
async function cross(saved: Uint8Array, from: Built, to: Built) {
  const { state, name, version } = from.manifest;
  const datum = Uint8Array.from(saved);
  const file = await writeSnapshot({ ...state, datum, plugin: name, version });
  const snapshot = await readSnapshot(file);
  const way = passage(snapshot, to.manifest.state, to.manifest);
  const plugin = to.start();
  plugin.restore(way.translate?.(snapshot.datum) ?? snapshot.datum, way.restore);
  return { way, value: decode(parseSchema(to.manifest.state.schema), plugin.save()) };
}

/** An argument that is a string is a pointer and a length, in UTF-16. */
function handle(plugin: Plugin, line: string): void {
  const pointer = plugin.exports.cabi_realloc!(0, 0, 2, line.length * 2) as number;
  new Uint8Array(plugin.exports.memory.buffer).set(Buffer.from(line, "utf16le"), pointer);
  const name = Object.keys(plugin.exports).find(
    (name) => /(^|#)handle$/.test(name) && !name.startsWith("cabi"),
  );
  plugin.exports[name!]!(pointer, line.length);
}

describe("a guest's state", () => {
  it("has schemas and fingerprints that the host agrees with", async () => {
    for (const { manifest } of built.values()) await checkModuleState(manifest.state);
  });

  it("crosses into the same version unchanged", async () => {
    const v1 = version("V1");
    const plugin = v1.start();
    handle(plugin, "ab");
    handle(plugin, "c\ud800");
    const { way, value } = await cross(plugin.save(), v1, v1);
    expect(way).toEqual({ restore: 0, kind: "same", steps: ["Totals"] });
    const client = (hits: number) => ({ hits, level: "high", next: { hits: 0, level: "low", next: null } });
    expect(value).toEqual({
      lines: 2,
      seen: new Set(["ab", "c\ud800"]),
      sizes: new Map([[2, -2n]]),
      clients: new Map([
        ["ab", client(1)],
        ["c\ud800", client(2)],
      ]),
      last: Uint16Array.of(0, 65535),
      big: 2n ** 64n - 1n,
    });
  });

  it("crosses into a version with wider types, new fields and another order", async () => {
    const v1 = version("V1");
    const plugin = v1.start();
    handle(plugin, "ab");
    const { way, value } = await cross(plugin.save(), v1, version("V2"));
    expect([way.kind, way.restore]).toEqual(["lossless", 0]);
    const client = (hits: bigint, level: string, next: unknown) => ({ added: 0.5, next, hits, level });
    expect(value).toEqual({
      big: 2n ** 64n - 1n,
      lines: 1n,
      note: "none",
      seen: ["ab"],
      sizes: new Map([[2, -2n]]),
      clients: new Map([["ab", client(1n, "high", client(0n, "low", null))]]),
      last: [0, 65535],
    });
  });

  it("goes through a lossless change and then the author's step", async () => {
    const small = version("SMALL");
    const plugin = small.start();
    handle(plugin, "");
    const { way, value } = await cross(plugin.save(), small, version("V3"));
    expect([way.kind, way.restore, way.steps]).toEqual(["migrated", 1, ["TotalsV1", "Totals"]]);
    expect(value).toEqual({ count: 7 });
  });

  it("is refused where no way leads", () => {
    const { manifest } = version("V2");
    const from = { ...manifest.state, plugin: "v2", version: "0.0.0" };
    expect(() => passage(from, version("V1").manifest.state, version("V1").manifest)).toThrow(
      "lines: was i64, is u32, which does not hold every i64",
    );
  });
});
