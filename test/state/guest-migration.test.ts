import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Build } from "../../abi/transform/build.ts";
import { build } from "../kept/build.ts";
import { oracle } from "./avro-oracle.ts";
import { abortOf, Plugin } from "./guest-plugin.ts";

const text = `
import { state } from "moult/guest";

class ClientV1 { name: string = ""; }
class TotalsV1 { lines: u32 = 0; clients: ClientV1[] = []; }
class TotalsV2 {
  lines: u64 = 0;
  clients: Map<string, ClientV1> = new Map();
  static from(old: TotalsV1): TotalsV2 {
    const made = new TotalsV2();
    made.lines = old.lines;
    for (let i = 0; i < old.clients.length; i++) made.clients.set(old.clients[i].name, old.clients[i]);
    return made;
  }
}
class Client { name: string = ""; hits: u64 = 0; }
@state class Totals {
  lines: u64 = 0;
  private readonly clients: Map<string, Client> = new Map();
  static from(old: TotalsV2): Totals {
    if (old.lines == 13) throw new Error("thirteen");
    const made = new Totals();
    made.lines = old.lines;
    const names = old.clients.keys();
    for (let i = 0; i < names.length; i++) {
      const client = new Client();
      client.name = names[i];
      client.hits = i + 1;
      made.clients.set(names[i], client);
    }
    return made;
  }
}
const totals = state<Totals>();
export function lines(): u64 { return totals.lines; }
`;

describe.each(["debug", "release"] as const)(
  "a plugin with older state classes, built for %s",
  (optimize) => {
    let folder: string;
    let made: Build;
    let module: WebAssembly.Module;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "moult-migration-"));
      const file = join(folder, "plugin.ts");
      await writeFile(file, text);
      made = await build(file, { name: "demo", version: "3.0.0", optimize, sourceMap: false });
      module = await WebAssembly.compile(made.wasm as BufferSource);
    });
    afterAll(() => rm(folder, { recursive: true }));

    const plugin = () =>
      new Plugin(module, new WebAssembly.Memory({ initial: made.manifest.memory?.initial ?? 1 }));
    const encode = (schema: unknown, value: unknown) => oracle(schema).toBuffer(value);
    const decode = (bytes: Uint8Array) => oracle(made.manifest.state?.schema).fromBuffer(Buffer.from(bytes));
    const older = (index: number) => made.manifest.state?.migrations[index]?.schema;
    const clients = { b: { name: "b", hits: 1n }, a: { name: "a", hits: 2n } };

    test("restores the state of the class before by its step", () => {
      const one = plugin();
      one.restore(encode(older(0), { lines: 5n, clients: { b: { name: "b" }, a: { name: "a" } } }), 1);
      expect(decode(one.save())).toEqual({ lines: 5n, clients });
      expect(one.exports.lines?.()).toBe(5n);
    });

    test("restores the state of the oldest class by every step in between", () => {
      const one = plugin();
      one.restore(encode(older(1), { lines: 6n, clients: [{ name: "b" }, { name: "a" }] }), 2);
      expect(decode(one.save())).toEqual({ lines: 6n, clients });
    });

    test("restores its own state, private and readonly fields too", () => {
      const one = plugin();
      const value = { lines: 2n ** 62n, clients };
      one.restore(encode(made.manifest.state?.schema, value));
      expect(decode(one.save())).toEqual(value);
    });

    test("changes nothing when a step fails", () => {
      const one = plugin();
      one.restore(encode(made.manifest.state?.schema, { lines: 3n, clients }));
      expect(abortOf(() => one.restore(encode(older(0), { lines: 13n, clients: {} }), 1))).toBe("thirteen");
      expect(decode(one.save())).toEqual({ lines: 3n, clients });
    });

    test("checks all bytes of older state before it takes a step", () => {
      const bytes = Buffer.concat([encode(older(0), { lines: 13n, clients: {} }), Buffer.of(0)]);
      expect(abortOf(() => plugin().restore(bytes, 1))).toBe(
        "cannot restore TotalsV2: bytes follow the end of the state",
      );
    });
  },
);
