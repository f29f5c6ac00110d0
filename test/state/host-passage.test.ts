import { describe, expect, it } from "vitest";
import { decode, encode } from "../../abi/state/avro/decode.ts";
import { fingerprint } from "../../abi/state/avro/fingerprint.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { checkModuleState, type ModuleState } from "../../abi/state/module-state.ts";
import { passage } from "../../abi/state/passage.ts";

const u64 = { type: "long", moult: "u64" };
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
const record = (name: string, ...fields: unknown[]) => ({ type: "record", name, fields });
const clients = field("clients", { type: "array", items: "string", moult: "set" });

const V1 = record("Totals", field("lines", "int"));
const V1b = record("Totals", field("lines", "int"), field("name", "string", { default: "" }));
const V2 = record(
  "Totals",
  field("lines", "int"),
  clients,
  field("peers", { type: "array", items: record("Peer", field("ip", "string")) }),
);
const V3 = record("Totals", field("lines", u64), field("seen", { type: "map", values: "long" }));
const oldV1 = { ...V1, name: "TotalsV1" };
const oldV2 = record(
  "TotalsV2",
  field("lines", "int"),
  clients,
  field("peers", { type: "array", items: record("PeerV2", field("ip", "string")) }),
);

async function stateOf(
  schema: unknown,
  ...migrations: { name: string; [key: string]: unknown }[]
): Promise<ModuleState> {
  return {
    schema: schema as ModuleState["schema"],
    fingerprint: await fingerprint(schema),
    migrations: await Promise.all(
      migrations.map(async (schema) => ({
        schema,
        fingerprint: await fingerprint(schema),
        name: schema.name,
      })),
    ),
  };
}
const logs = (version: string) => ({ name: "logs", version });
const from = (schema: unknown, version = "1.0.0") => ({ schema, plugin: "logs", version });

describe("the way of a state into a module", () => {
  it("is the same schema, whatever the root is called", async () => {
    expect(passage(from(V1), await stateOf(V1))).toEqual({ restore: 0, kind: "same", steps: ["Totals"] });
    expect(passage(from(oldV1), await stateOf(V1))).toEqual({ restore: 0, kind: "same", steps: ["Totals"] });
  });

  it("is not the same for types that Avro alone takes for equal", async () => {
    const narrow = record("Totals", field("lines", { type: "int", moult: "u8" }));
    expect(await fingerprint(narrow)).toBe(await fingerprint(V1));
    expect(() => passage(from(V1), { schema: narrow, fingerprint: "", migrations: [] })).toThrow(
      "lines: was i32, is u8",
    );
    expect(passage(from(narrow), await stateOf(V1)).kind).toBe("lossless");
  });

  it("is a lossless change, translated where bytes move", async () => {
    const { translate, ...way } = passage(from(V1), await stateOf(V1b, oldV2));
    expect(way).toEqual({ restore: 0, kind: "lossless", steps: ["Totals", "Totals"] });
    const datum = encode(parseSchema(V1), { lines: 5 });
    expect(decode(parseSchema(V1b), translate!(datum))).toEqual({ lines: 5, name: "" });
    const wide = passage(from(V1), await stateOf(record("Totals", field("lines", "long"))));
    expect(wide).toEqual({ restore: 0, kind: "lossless", steps: ["Totals", "Totals"] });
  });

  it("goes through the newest step that takes it", async () => {
    const v3 = await stateOf(V3, oldV2, oldV1);
    expect(passage(from(V2), v3)).toEqual({ restore: 1, kind: "migrated", steps: ["TotalsV2", "Totals"] });
    expect(passage(from(V1), v3)).toEqual({
      restore: 2,
      kind: "migrated",
      steps: ["TotalsV1", "TotalsV2", "Totals"],
    });
    expect(passage(from(V3), v3).kind).toBe("same");
    // Two steps from equal classes: the shorter way.
    expect(passage(from(V1), await stateOf(V3, oldV1, { ...oldV1, name: "TotalsV0" })).restore).toBe(1);
  });

  it("takes a step for this very schema before a lossless change", async () => {
    const way = passage(from(V1), await stateOf(V1b, oldV2, oldV1));
    expect(way).toEqual({ restore: 2, kind: "migrated", steps: ["TotalsV1", "TotalsV2", "Totals"] });
    // Only its own schema comes before that.
    expect(passage(from(V1b), await stateOf(V1b, { ...V1b, name: "TotalsV1" })).kind).toBe("same");
  });

  it("takes a step for this very schema before one that a lossless change leads to", async () => {
    const older = record("Totals", field("lines", { type: "int", moult: "u8" }));
    const way = passage(from(older), await stateOf(V3, oldV2, oldV1));
    expect(way).toEqual({ restore: 2, kind: "migrated", steps: ["TotalsV1", "TotalsV2", "Totals"] });
    const wider = record("TotalsV2", field("lines", "double"), field("more", "int", { default: 1 }));
    const { translate, ...exact } = passage(from(V1), await stateOf(V3, wider, oldV1));
    expect(exact.restore).toBe(2);
    expect(translate).toBeUndefined();
    const changed = passage(from(V1), await stateOf(V3, wider));
    expect(changed.restore).toBe(1);
    const datum = encode(parseSchema(V1), { lines: 5 });
    expect(decode(parseSchema(wider), changed.translate!(datum))).toEqual({ lines: 5, more: 1 });
  });

  it("is refused with the fields in the way, the steps that were tried and the one that is missing", async () => {
    const says = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return `${(error as { fault: string }).fault}: ${(error as Error).message}`;
      }
      return "nothing";
    };
    const bare = await stateOf(record("Totals", field("lines", "int")));
    expect(says(() => passage(from(V2, "2.0.0"), bare, logs("3.0.0")))).toBe(
      "schema: no way leads from the state of logs 2.0.0 to logs 3.0.0: " +
        "clients: the new version has no such field; peers: the new version has no such field. " +
        "It has no steps",
    );
    const v3 = await stateOf(V3, oldV2, oldV1);
    expect(says(() => passage({ schema: record("Totals", field("lines", "string")) }, v3))).toBe(
      "schema: no way leads from this state to the new version: " +
        "lines: was string, is u64; seen: the old version has no such field, and it has no default " +
        "(an initializer that is a constant or an empty collection). " +
        "Tried TotalsV1 -> TotalsV2 -> Totals: TotalsV2 is another state (lines: was string, is i32; and 2 more), " +
        "TotalsV1 is another state (lines: was string, is i32)",
    );
    // A downgrade is a change like any other.
    expect(says(() => passage(from(V3, "3.0.0"), bare, logs("1.0.0")))).toContain(
      "lines: was u64, is i32, which does not hold every u64; seen: the new version has no such field",
    );
  });

  it("is the same for a file of another tool that dropped our attributes, if its values fit", async () => {
    const u8 = { type: "int", moult: "u8" };
    const own = record("Totals", field("lines", u64), field("level", u8), clients);
    const plain = record("Totals", field("lines", "long"), field("level", "int"), {
      name: "clients",
      type: { type: "array", items: "string" },
    });
    const to = await stateOf(own);
    const { translate, ...way } = passage({ schema: plain }, to, logs("1.0.0"));
    expect(way).toEqual({ restore: 0, kind: "same", steps: ["Totals"] });
    const datum = encode(parseSchema(plain), { lines: -1n, level: 255, clients: ["a"] });
    expect(decode(parseSchema(own), translate!(datum))).toEqual({
      lines: 2n ** 64n - 1n,
      level: 255,
      clients: new Set(["a"]),
    });
    const wrong = encode(parseSchema(plain), { lines: 0n, level: 256, clients: [] });
    expect(() => translate!(wrong)).toThrow("at byte 1 of 4: found 256, wanted a u8");
    // From a plugin the same schema means what it says.
    expect(() => passage(from(plain), to)).toThrow("lines: was i64, is u64");
    expect(() => passage({ schema: record("Totals", field("lines", "long")) }, to)).toThrow(
      "lines: was i64, is u64",
    );
    // What could be today's and an older one's is nobody's to guess.
    const both = await stateOf(
      record("Totals", field("lines", u64)),
      record("TotalsV1", field("lines", { type: "long", moult: "u32" })),
    );
    const long = record("Totals", field("lines", "long"));
    expect(() => passage({ schema: long }, both, logs("1.0.0"))).toThrow(
      "no way leads from this state to logs 1.0.0: without its attributes it could be of Totals and of TotalsV1",
    );
  });

  it("of opaque state is the name alone", async () => {
    const opaque: ModuleState = {
      schema: "bytes",
      fingerprint: await fingerprint("bytes"),
      migrations: [],
      opaque: true,
    };
    expect(passage(from("bytes"), opaque, logs("2.0.0"))).toEqual({
      restore: 0,
      kind: "same",
      steps: ["opaque"],
    });
    expect(() => passage(from("bytes"), opaque, { name: "other", version: "2.0.0" })).toThrow(
      "no way leads from the state of logs 1.0.0 to other 2.0.0: opaque state passes only to the plugin of the same name",
    );
    expect(() => passage({ schema: "bytes" }, opaque, logs("2.0.0"))).toThrow(
      "no way leads from this state to logs 2.0.0: opaque state passes only to the plugin of the same name",
    );
    expect(() => passage(from("bytes"), { ...opaque, schema: V1, opaque: false }, logs("2.0.0"))).toThrow(
      "no way leads from the state of logs 1.0.0 to logs 2.0.0: " +
        "the first is opaque, made by hooks that are written by hand, the second typed",
    );
    expect(() => passage(from(V1), opaque, logs("2.0.0"))).toThrow("the first is typed, the second opaque");
  });
});

describe("what a manifest says of state", () => {
  it("is checked against its schemas", async () => {
    const good = await stateOf(V3, oldV2, oldV1);
    await checkModuleState(good);
    await checkModuleState({
      schema: "bytes",
      fingerprint: await fingerprint("bytes"),
      migrations: [],
      opaque: true,
    });
    const [first, second] = good.migrations;
    const wrong = "0".repeat(64);
    await expect(checkModuleState({ ...good, fingerprint: wrong })).rejects.toThrow(
      `the schema of the state has the fingerprint ${good.fingerprint}, the manifest says ${wrong}`,
    );
    await expect(
      checkModuleState({ ...good, migrations: [first!, { ...second!, fingerprint: wrong }] }),
    ).rejects.toThrow(
      `the schema of TotalsV1 has the fingerprint ${second!.fingerprint}, the manifest says ${wrong}`,
    );
    await expect(checkModuleState({ ...good, opaque: true })).rejects.toThrow(
      "found the state schema record, and it is opaque, wanted bytes if opaque",
    );
    await expect(checkModuleState({ ...good, schema: "bytes" })).rejects.toThrow(
      "found the state schema bytes, and it is not opaque, wanted bytes if opaque",
    );
  });
});
