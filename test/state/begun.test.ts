import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { BuildError } from "../../abi/transform/mod.ts";
import { load } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

const folder = mkdtempSync(join(tmpdir(), "moult-begun-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function errors(source: string, more: Readonly<Record<string, string>> = {}): Promise<string[]> {
  for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text);
  const entry = join(folder, "plugin.ts");
  writeFileSync(entry, `import { state } from "moult/guest";\n${source}`);
  try {
    await build(entry, { optimize: "debug", sourceMap: false, from: folder });
    return [];
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return error.diagnostics.map(({ file, line, message }) => `${file}:${line} ${message}`);
  }
}

const says = (field: string, variable: string) =>
  `${field} begins as ${variable} itself, into which a restore would put what comes back: make a new object for it`;

const refused: readonly (readonly [what: string, source: string, error: string])[] = [
  [
    "an object of a class",
    "class Cfg { ttl: u32 = 5; }\nconst DEFAULTS = new Cfg();\n@state class S { cfg: Cfg = DEFAULTS; }\nstate<S>();",
    `plugin.ts:4 ${says("S.cfg", "DEFAULTS")}`,
  ],
  [
    "a table that nothing else changes",
    "const TABLE: u32[] = [1, 2];\n@state class S {\n  list: u32[] = (TABLE); }\nstate<S>();",
    `plugin.ts:4 ${says("S.list", "TABLE")}`,
  ],
  [
    "a static field, given in a constructor",
    "class Reg { static all: Map<string, u32> = new Map(); }\n@state class S { all: Map<string, u32>;\n  constructor() { this.all = Reg.all; } }\nstate<S>();",
    `plugin.ts:4 ${says("S.all", "Reg.all")}`,
  ],
  [
    "a set, deep inside",
    "const NONE = new Set<u32>();\nclass Part { ids: Set<u32> = NONE; }\nclass Box { part: Part = new Part(); }\n@state class S { box: Box = new Box(); }\nstate<S>();",
    `plugin.ts:3 ${says("Part.ids", "NONE")}`,
  ],
];
test.each(refused)(
  "a part of the state does not begin as %s at the top of a file",
  async (_, source, error) => {
    expect(await errors(`${source}\nexport function go(): void {}`)).toEqual([error]);
  },
);

test("nor as one of another file", async () => {
  const more = { "defaults.ts": "export const LIST: string[] = ['a'];" };
  const source = 'import { LIST } from "./defaults";\n@state class S { list: string[] = LIST; }\nstate<S>();';
  expect(await errors(`${source}\nexport function go(): void {}`, more)).toEqual([
    `plugin.ts:3 ${says("S.list", "LIST")}`,
  ]);
});

test("a new object, a copy, a value, and a class that is not in the state are nothing to say a word of", async () => {
  const source = `const TABLE: u32[] = [1, 2];
const ONE: u32 = 1;
class Other { list: u32[] = TABLE; }
@state class S { list: u32[] = TABLE.slice(); one: u32 = ONE; other: u32[] = [TABLE[0]]; }
const s = state<S>();
export function go(): u32 { const o = new Other(); return o.list.length + s.list.length + s.one; }`;
  expect(await errors(source)).toEqual([]);
  const { wasm } = await build(join(folder, "plugin.ts"), { optimize: "debug", sourceMap: false });
  await using plugin = await load(wasm);
  await plugin.swap(wasm);
  expect(await plugin.call.go!()).toBe(5);
});
