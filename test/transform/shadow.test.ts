import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadCompiler } from "../../abi/transform/asc.ts";
import { DiagnosticCode, type Parser, type Program } from "../../abi/transform/compiler.ts";
import { BuildError, build } from "../../abi/transform/mod.ts";
import { inShadow } from "../../abi/transform/shadow.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moult-shadow-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Looks at a program of one file, and tells what it was shown: how often, and how much of it. */
async function looked(text: string, look: (shadow: Program, times: number) => unknown) {
  const shown: { methods: boolean; types: boolean; files: number }[] = [];
  let answer: unknown;
  class Look {
    declare readonly program: Program;
    afterParse(_: Parser): void {
      answer = inShadow(this.program, (shadow) => {
        const names = (shadow as unknown as { elementsByName: ReadonlyMap<string, unknown> }).elementsByName;
        const methods = names.has("~lib/array/Array#indexOf") || names.has("~lib/math/ipow32");
        shown.push({ methods, types: names.has("~lib/array/Array"), files: shadow.filesByName.size });
        return look(shadow, shown.length);
      });
    }
  }
  const { main } = await loadCompiler();
  const quiet = { write() {} };
  const { error } = await main(["entry.ts", "--outFile", "out.wasm", "--baseDir", "."], {
    stdout: quiet,
    stderr: quiet,
    transforms: [Look],
    readFile: (name) => (name === "entry.ts" ? text : null),
    writeFile: () => {},
    listFiles: () => null,
    reportDiagnostic: () => {},
  });
  return { shown, answer, error };
}

const FINE = "export function f(a: Array<string>): i32 { return a.length; }\n";

test("types are looked at in an outline of AssemblyScript's library", async () => {
  const { shown, answer, error } = await looked(FINE, () => "seen");
  expect({ shown, answer, error }).toEqual({
    shown: [{ methods: false, types: true, files: expect.any(Number) }],
    answer: "seen",
    error: null,
  });
});

test("what looks wrong in the outline is looked at again in the whole", async () => {
  const { shown, answer, error } = await looked(FINE, (shadow, times) => {
    const { range } = shadow.filesByName.get("entry")!.source.statements[0]!;
    if (times === 1) shadow.error(DiagnosticCode.Transform_0_1, range, "test", "only in the outline");
    return times;
  });
  expect({ answer, error, methods: shown.map(({ methods }) => methods) }).toEqual({
    answer: 2,
    error: null,
    methods: [false, true],
  });
});

test("a look that throws in the outline is taken again in the whole", async () => {
  const { answer } = await looked(FINE, (_, times) => {
    if (times === 1) throw new Error("something is missing");
    return times;
  });
  expect(answer).toBe(2);
});

test("what is wrong in the whole is an error of the program, once", async () => {
  const { shown, answer, error } = await looked(FINE, (shadow) => {
    const { range } = shadow.filesByName.get("entry")!.source.statements[0]!;
    shadow.error(DiagnosticCode.Transform_0_1, range, "test", "wrong");
    return "seen";
  });
  expect({ times: shown.length, answer, error: error?.message }).toEqual({
    times: 2,
    answer: undefined,
    error: "1 parse error(s)",
  });
});

test("code that leans on more of AssemblyScript's library than its types builds", async () => {
  const file = write(
    "leans.ts",
    `import { itoa32 } from "util/number";
import { ipow32 } from "~lib/math";
class Wrong extends Error {
  override toString(): string {
    return "wrong: " + this.message;
  }
}
class Sorted extends Array<i32> implements Iterable {
  constructor() {
    super(0);
  }
  override push(value: i32): i32 {
    return super.push(value * 2);
  }
}
interface Iterable {
  push(value: i32): i32;
}
export { ipow32 };
export function told(text: string): string {
  const sorted = new Sorted();
  sorted.push(ipow32(2, 3));
  return new Wrong(text).toString() + itoa32(sorted[0], 10);
}
`,
  );
  const { manifest } = await build(file, { optimize: "debug" }).catch((error) => {
    throw error instanceof BuildError ? new Error(error.message) : error;
  });
  expect(manifest.exports.map(({ name }) => name)).toEqual(["ipow32", "told"]);
});
