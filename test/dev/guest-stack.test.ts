import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "moult";
import { guestStack } from "moult/dev";
import type { Build } from "moult/transform";
import { afterAll, beforeAll, expect, it } from "vitest";
import { placeOf, stackText } from "../../host/dev/guest-stack.ts";
import { build } from "../kept/build.ts";

const INNER = `export function divide(n: i32, d: i32): i32 {
  return n / d;
}

export function longer(list: i32[]): i32 {
  assert(list.length > 100, "too short");
  return list[200];
}
`;
const ENTRY = `import { divide, longer } from "./inner";

export function half(n: i32): i32 {
  return divide(n, 0) + 1;
}
export function abort(): i32 {
  return longer([1, 2, 3]);
}
export function range(): i32 {
  const list: i32[] = [1];
  return list[7];
}
export function deep(n: i32): i32 {
  return n == -1 ? 0 : deep(n + 1) + 1;
}
`;

let folder: string;
let debug: Build;
let release: Build;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-stack-"));
  await writeFile(join(folder, "inner.ts"), INNER);
  await writeFile(join(folder, "plugin.ts"), ENTRY);
  debug = await build(join(folder, "plugin.ts"), { optimize: "debug" });
  release = await build(join(folder, "plugin.ts"), { sourceMap: true });
});
afterAll(() => rm(folder, { recursive: true }));

it("names the author's functions and lines of a debug build", async () => {
  expect(stackText(guestStack(await trap(debug, "half", 1), debug.sourceMap!))).toBe(
    "    at divide (inner.ts:2:10)\n    at half (plugin.ts:4:10)",
  );
});

it("begins with what an abort says of its place", async () => {
  const frames = guestStack(await trap(debug, "abort"), debug.sourceMap!);
  expect(stackText(frames)).toBe("    at longer (inner.ts:6:3)\n    at abort (plugin.ts:7:10)");
  expect(placeOf(frames)?.frame).toBe('6 |   assert(list.length > 100, "too short");\n      ^');
});

it("shows the author's own line where the library trapped", async () => {
  const frames = guestStack(await trap(debug, "range"), debug.sourceMap!);
  expect(frames[0]).toMatchObject({ name: "Array<i32>#__get", file: "~lib/array.ts" });
  expect(placeOf(frames)?.frame).toBe(`11 |   return list[7];\n${" ".repeat(14)}^`);
});

it("tells a recursion without an end as one frame", async () => {
  const frames = guestStack(await trap(debug, "deep", 1), debug.sourceMap!);
  expect(frames.filter(({ name }) => name === "deep")).toHaveLength(1);
  expect(placeOf(frames)).toMatchObject({ file: "plugin.ts", line: 14 });
});

it("gives places of a release build, whose functions have no names", async () => {
  const frames = guestStack(await trap(release, "half", 1), release.sourceMap!);
  expect(placeOf(frames)).toMatchObject({ name: undefined, file: "inner.ts", line: 2 });
});

it("reads the frames of Firefox", async () => {
  const here = (await trap(debug, "half", 1)) as Error;
  const offset = /divide .*:(0x[0-9a-f]+)/.exec((here.cause as Error).stack!)?.[1];
  const error = new WebAssembly.RuntimeError("integer divide by zero");
  error.stack = `inner/divide@http://localhost/p.wasm:wasm-function[1]:${offset}\n`;
  expect(guestStack(error, debug.sourceMap!)[0]).toMatchObject({ name: "divide", file: "inner.ts", line: 2 });
});

it.each([
  ["half", /^$/],
  ["abort", /^ {4}at inner\.ts:6:3$/],
  ["range", /^ {4}at ~lib\/array\.ts:\d+:\d+$/],
])("gives the place of an abort where the engine has no offsets, as Bun: %s", async (name, expected) => {
  const error = await trap(debug, name, ...(name === "half" ? [1] : []));
  for (let each = error; each instanceof Error; each = each.cause) each.stack = "Error\n    at unknown";
  expect(stackText(guestStack(error, debug.sourceMap!))).toMatch(expected);
});

it("reads the frames of Deno, which names what has no name", async () => {
  const error = (await trap(release, "half", 1)) as Error;
  const cause = error.cause as Error;
  cause.stack = cause.stack!.replaceAll(/at (wasm:\S+)/g, "at <anonymous> ($1)");
  const [first] = guestStack(error, release.sourceMap!);
  expect(first).toMatchObject({ name: undefined, file: "inner.ts", line: 2 });
});

it("gives nothing for an error that no guest threw", () => {
  expect(guestStack(new Error("no"), debug.sourceMap!)).toEqual([]);
  expect(guestStack("no", debug.sourceMap!)).toEqual([]);
  // Other engines have places in their errors too.
  const elsewhere = Object.assign(new Error("no"), { file: "app.js", line: 1, column: 1 });
  expect(guestStack(elsewhere, debug.sourceMap!)).toEqual([]);
});

async function trap({ wasm }: Build, name: string, ...args: unknown[]): Promise<unknown> {
  const plugin = await load(wasm);
  const error: unknown = await plugin.call[name]!(...args).catch((thrown: unknown) => thrown);
  await plugin.close();
  return error;
}
