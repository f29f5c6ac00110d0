import { describe, expect, it } from "vitest";
import { fingerprint, type Manifest } from "../../abi/tools.ts";
import { stateWay } from "../../host/dev/check/state-way.ts";

type Field = readonly [name: string, type: unknown, initial?: unknown];
const record = (fields: readonly Field[], name = "Totals") => ({
  type: "record",
  name,
  fields: fields.map(([name, type, initial]) => ({
    name,
    type,
    ...(initial === undefined ? {} : { default: initial }),
  })),
});

async function keeping(
  schema: unknown,
  steps: readonly [name: string, schema: unknown][] = [],
): Promise<Manifest> {
  const migrations = [];
  for (const [name, old] of steps)
    migrations.push({ name, schema: old as Record<string, unknown>, fingerprint: await fingerprint(old) });
  return {
    name: "logs",
    version: "2.0.0",
    strings: "utf16",
    exports: [],
    imports: [],
    state: {
      schema: schema as Record<string, unknown>,
      fingerprint: await fingerprint(schema),
      migrations,
      ...(schema === "bytes" ? { opaque: true } : {}),
    },
  };
}
const from = (schema: unknown, plugin = "logs") => ({ schema, plugin, version: "1.0.0" });
const bare: Manifest = { name: "logs", version: "2.0.0", strings: "utf16", exports: [], imports: [] };
const v1 = record([
  ["lines", "int"],
  ["name", "string"],
]);

/** `lines kept`, `hits added: ...` */
const rows = (way: ReturnType<typeof stateWay>) =>
  way.fields.map(({ path, fate, note }) => `${path} ${fate}${note === "" ? "" : `: ${note}`}`);

describe("the way of a state, field by field", () => {
  it("as it is", async () => {
    const way = stateWay(from(v1), await keeping(v1));
    expect([way.kind, way.steps, rows(way)]).toEqual(["same", ["Totals"], ["lines kept", "name kept"]]);
  });

  it("without loss: kept, added and changed", async () => {
    const next = record([
      ["name", "string"],
      ["lines", "long"],
      ["hits", "int", 0],
    ]);
    const way = stateWay(from(v1), await keeping(next));
    expect([way.kind, rows(way)]).toEqual([
      "lossless",
      [
        "name kept",
        "lines changed: was i32, is i64",
        "hits added: begins as 0",
        "state changed: fields in another order",
      ],
    ]);
  });

  it("inside a field", async () => {
    const one = record([["all", { type: "array", items: record([["a", "int"]], "Each") }]]);
    const two = record([["all", { type: "array", items: record([["a", "long"]], "Each") }]]);
    expect(rows(stateWay(from(one), await keeping(two)))).toEqual(["all[].a changed: was i32, is i64"]);
    expect(rows(stateWay(from(two), await keeping(one)))).toEqual([
      "all[].a lost: was i64, is i32, which does not hold every i64",
    ]);
  });

  it("by a step, which makes every field", async () => {
    const next = record([
      ["lines", "int"],
      ["name", "bytes"],
      ["hits", "int", 0],
    ]);
    const old = record(
      [
        ["lines", "int"],
        ["name", "string"],
        ["gone", "int"],
      ],
      "TotalsV1",
    );
    const way = stateWay(from({ ...old, name: "Totals" }), await keeping(next, [["TotalsV1", old]]));
    expect([way.kind, way.steps, rows(way)]).toEqual([
      "migrated",
      ["TotalsV1", "Totals"],
      [
        "lines by-step: the same type",
        "name by-step: was string, is Uint8Array",
        "hits by-step: new",
        "gone by-step: gone",
      ],
    ]);
  });

  it("by steps of classes inside, which make what lies in them, and nothing else", async () => {
    const u32 = { type: "long", moult: "u32" };
    const old = record([["hits", u32]], "Page");
    const page = record([["visits", "string"]], "Page");
    const one = record([
      ["n", "int"],
      ["pages", { type: "map", values: old }],
    ]);
    const rest: Field[] = [
      ["n", "long"],
      ["fresh", "int", 4],
    ];
    const two = record([...rest, ["pages", { type: "map", values: page }]]);
    const wide = record([...rest, ["pages", { type: "map", values: [page, { ...old, name: "PageV1" }] }]]);
    const to = await keeping(two, [["Totals", wide]]);
    const nested = {
      ...to,
      state: { ...to.state!, migrations: [{ ...to.state!.migrations[0]!, nested: true }] },
    };
    const way = stateWay(from(one), nested);
    expect([way.kind, way.steps, rows(way)]).toEqual([
      "migrated",
      ["Totals (PageV1 -> Page)"],
      ["n changed: was i32, is i64", "fresh added: begins as 4", "pages{} by-step: PageV1 -> Page"],
    ]);
  });

  it("refused: what is lost, and why", async () => {
    const next = record([
      ["lines", "int"],
      ["since", "long"],
    ]);
    const way = stateWay(from(v1), await keeping(next));
    expect(way.advice).toContain("static from(old: TotalsV1): Totals {");
    expect([way.kind, rows(way), way.problem]).toEqual([
      "refused",
      [
        "lines kept",
        "since unset: has no default (an initializer that is a constant or an empty collection)",
        "name lost: the new version has no such field",
      ],
      "no way leads from the state of logs 1.0.0 to logs 2.0.0: since: the old version has no such field, and it has no default (an initializer that is a constant or an empty collection); name: the new version has no such field. It has no steps",
    ]);
  });

  it("to a version that keeps nothing is refused", () => {
    expect(stateWay(from(v1), bare)).toEqual({
      kind: "refused",
      opaque: false,
      steps: [],
      fields: [],
      problem: "logs 2.0.0 keeps no state, so what was kept would be lost",
    });
  });

  it("from a version that kept nothing begins anew, or there is none", async () => {
    expect(stateWay(undefined, bare).kind).toBe("none");
    const way = stateWay(undefined, await keeping(v1));
    expect([way.kind, rows(way)]).toEqual(["fresh", ["lines added", "name added"]]);
  });

  it("of opaque bytes is by the plugin's name", async () => {
    const opaque = await keeping("bytes");
    expect(stateWay(from("bytes"), opaque)).toEqual({
      kind: "same",
      opaque: true,
      steps: ["opaque"],
      fields: [],
    });
    expect(stateWay(from("bytes", "other"), opaque)).toMatchObject({
      kind: "refused",
      problem:
        "no way leads from the state of other 1.0.0 to logs 2.0.0: opaque state passes only to the plugin of the same name",
    });
    expect(stateWay(from("bytes"), await keeping(v1)).problem).toBe(
      "no way leads from the state of logs 1.0.0 to logs 2.0.0: the first is opaque, made by hooks that are written by hand, the second typed",
    );
  });

  it("of a schema that is none is refused", async () => {
    expect(stateWay(from({ type: "record" }), await keeping(v1))).toMatchObject({
      kind: "refused",
      fields: [],
    });
  });
});
