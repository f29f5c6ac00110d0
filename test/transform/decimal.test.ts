import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build } from "../../abi/transform/build.ts";
import { load, random } from "../../host/mod.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moult-decimal-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the guest library writes every integer as the host does", async () => {
  const file = join(folder, "told.ts");
  writeFileSync(
    file,
    `import { decimal } from "moult/abi/guest/decimal";
export function told(value: i64): string {
  return decimal(value);
}
`,
  );
  const { wasm } = await build(file, { optimize: "debug" });
  await using plugin = await load(wasm);
  const { told } = plugin.callSync as unknown as { told(value: bigint): string };
  const edges = [0n, 1n, 9n, 10n, 99n, 100n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 63n - 1n];
  for (const value of edges.flatMap((edge) => [edge, -edge])) expect(told(value)).toBe(String(value));
  expect(told(-(2n ** 63n))).toBe("-9223372036854775808");
});

test.each(["wasm-plugins/greeter/v1.ts", "wasm-plugins/counter/v1.ts"])(
  "%s, which writes no number itself, carries none of AssemblyScript's code for that",
  async (file) => {
    const { wasm } = await build(new URL(`../../${file}`, import.meta.url), { optimize: "debug" });
    const names = new TextDecoder("latin1").decode(wasm);
    const carries = (path: string) => names.includes(path);
    expect(["~lib/moult/abi/guest/decimal/", "~lib/util/number/"].map(carries)).toEqual([true, false]);
  },
);

test("a plugin that imports nothing of the guest library builds all the same, with what stands in for the compiler's seed", async () => {
  const file = join(folder, "alone.ts");
  writeFileSync(file, "export function roll(): f64 {\n  return Math.random();\n}\n");
  const { wasm } = await build(file, { optimize: "debug" });
  await using plugin = await load(wasm, { grant: [random()] });
  const { roll } = plugin.callSync as unknown as { roll(): number };
  expect(roll()).toBeLessThan(1);
});
