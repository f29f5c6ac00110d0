import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load, type Transition } from "moult";
import { type WatchEvent, type Watched, type WatchOptions, watch } from "moult/dev";
import { BuildError, build } from "moult/transform";
import { afterEach, beforeEach, expect, it } from "vitest";

const PACKAGE = JSON.stringify({ name: "ticker", version: "1.0.0" });
const plugin = (step: number, more = "") => `import { state } from "moult/guest";
import { times } from "./times";
@state
class Ticks {
  count: u32 = 0;
${more}}
const ticks = state<Ticks>();
export function tick(): u32 {
  ticks.count += times(${step});
  return ticks.count;
}
`;
const TIMES = "export function times(step: u32): u32 {\n  return step;\n}\n";

let folder: string;
let entry: string;
let events: WatchEvent[];
let tell: (event: WatchEvent) => void;
const watched: Watched[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-watch-"));
  entry = join(folder, "plugin.ts");
  await writeFile(join(folder, "package.json"), PACKAGE);
  await writeFile(join(folder, "times.ts"), TIMES);
  await writeFile(entry, plugin(1));
  events = [];
  tell = () => {};
});
afterEach(async () => {
  await Promise.all(watched.splice(0).map((each) => each.close()));
  await rm(folder, { recursive: true });
});

it("swaps a plugin with every save of its files, and its state stays", async () => {
  const ticker = await load(started({ optimize: "debug" }));
  expect(await ticker.call.tick!()).toBe(1);

  const first = swap(ticker);
  await writeFile(entry, plugin(10));
  expect(await first).toMatchObject({ outcome: "swapped", to: { version: "1.0.0" } });
  expect(await ticker.call.tick!()).toBe(11);

  const second = swap(ticker);
  await writeFile(join(folder, "times.ts"), TIMES.replace("return step", "return step * 3"));
  await second;
  expect(await ticker.call.tick!()).toBe(41);

  const third = swap(ticker);
  await writeFile(join(folder, "package.json"), PACKAGE.replace("1.0.0", "1.1.0"));
  expect(await third).toMatchObject({ outcome: "swapped", to: { version: "1.1.0" } });
  await ticker.close();
});

it("builds quickly first, and for speed behind its back", async () => {
  const ticker = await load(started());
  const optimized = await swap(ticker);
  const release = await build(entry);
  const [, made] = events;
  expect(made).toMatchObject({ kind: "made", made: { optimize: "release", digest: optimized.to?.digest } });
  expect(ways()).toEqual(["debug", "release"]);
  expect(made?.kind === "made" && made.made.build?.manifest).toEqual(release.manifest);

  await ticker.call.tick!();
  const both = [swap(ticker), swap(ticker, 2)];
  await writeFile(entry, plugin(5));
  await Promise.all(both);
  expect(ways()).toEqual(["debug", "release", "debug", "release"]);
  expect(await ticker.call.tick!()).toBe(6);
  await ticker.close();
});

it("leaves the version before serving when a save does not build, and goes on with the next", async () => {
  const ticker = await load(started({ optimize: "debug" }));
  await ticker.call.tick!();
  const broken = next("failed");
  await writeFile(entry, `${plugin(10)}\nexport function oops(): u32 { return "1"; }\n`);
  const { error } = await broken;
  expect(error).toBeInstanceOf(BuildError);
  expect(error.message).toContain(
    "plugin.ts:13:38 error TS2322: Type '~lib/string/String' is not assignable",
  );
  expect(await ticker.call.tick!()).toBe(2);

  const mended = swap(ticker);
  await writeFile(entry, plugin(10));
  await mended;
  expect(await ticker.call.tick!()).toBe(12);
  await ticker.close();
});

it("has a save that does not build told by the plugin that follows it, where nothing else hears of it", async () => {
  const source = watch(entry, { optimize: "debug" });
  watched.push(source);
  const ticker = await load(source);
  const told = new Promise<unknown>((resolve) => ticker.on("error", ({ error }) => resolve(error)));
  await writeFile(entry, `${plugin(10)}\nexport function oops(): u32 { return "1"; }\n`);
  expect(await told).toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(
      /^\[unavailable\] could not follow the source of ticker: .*plugin\.ts:13:38 error TS2322: .*version 1\.0\.0 still serves$/s,
    ),
    cause: expect.any(BuildError),
  });
  const mended = swap(ticker);
  await writeFile(entry, plugin(10));
  await mended;
  expect(await ticker.call.tick!()).toBe(10);
  await ticker.close();
});

it("follows a folder that is removed and built again, and a release that another one takes the place of", async () => {
  const one = await build(entry, { optimize: "debug" });
  await writeFile(entry, plugin(10));
  const ten = await build(entry, { optimize: "debug" });
  const put = async (name: string, wasm: Uint8Array) => {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, "ticker.wasm"), wasm);
  };
  await put("dist", one.wasm);
  const ticker = await load(watch(join(folder, "dist", "ticker.wasm")));
  const gone = new Promise<void>((resolve) => ticker.on("error", () => resolve()));
  await rm(join(folder, "dist"), { recursive: true });
  await gone;
  const built = swap(ticker);
  await put("dist", ten.wasm);
  await built;
  expect(await ticker.call.tick!()).toBe(10);
  await ticker.close();

  await put("releases/1", one.wasm);
  await put("releases/2", ten.wasm);
  await symlink("releases/1", join(folder, "current"));
  const released = await load(watch(join(folder, "current", "ticker.wasm")));
  const retargeted = swap(released);
  await symlink("releases/2", join(folder, "next"));
  await rename(join(folder, "next"), join(folder, "current"));
  await retargeted;
  expect(await released.call.tick!()).toBe(10);
  await released.close();
});

it("goes on when a file that was missing is there", async () => {
  const source = started({ optimize: "debug" });
  const ticker = await load(source);
  const broken = next("failed");
  await writeFile(entry, plugin(10).replace("./times", "./lib/times"));
  expect((await broken).error.message).toContain("File 'lib/times.ts' not found");
  // The folder is new as well.
  const swapped = swap(ticker);
  await mkdir(join(folder, "lib"));
  await writeFile(join(folder, "lib", "times.ts"), TIMES);
  await writeFile(entry, plugin(7).replace("./times", "./lib/times"));
  await swapped;
  expect(await ticker.call.tick!()).toBe(7);
  await ticker.close();
});

it("goes on when a file that the compiler crashed of is mended, and when what asconfig.json extends changes", async () => {
  await writeFile(join(folder, "asconfig.json"), JSON.stringify({ extends: "./base.json" }));
  await writeFile(join(folder, "base.json"), "{}");
  const ticker = await load(started({ optimize: "debug" }));
  const crashed = next("failed");
  const deep = `${"(".repeat(30_000)}step${")".repeat(30_000)}`;
  await writeFile(join(folder, "times.ts"), TIMES.replace("return step", `return ${deep}`));
  expect((await crashed).error.message).toBe(
    `could not build ${entry}: the compiler crashed: Maximum call stack size exceeded`,
  );
  const mended = swap(ticker);
  const wide = "ASC_FEATURE_SIMD ? step * 2 : step";
  await writeFile(join(folder, "times.ts"), TIMES.replace("return step", `return ${wide}`));
  await mended;
  expect(await ticker.call.tick!()).toBe(1);
  const configured = swap(ticker);
  await writeFile(join(folder, "base.json"), JSON.stringify({ options: { enable: ["simd"] } }));
  await configured;
  expect(await ticker.call.tick!()).toBe(3);
  await ticker.close();
});

it("rejects what asks for a first version that does not build, and gives it when it is mended", async () => {
  await writeFile(entry, "export function tick(): u32 { return oops; }\n");
  const source = started({ optimize: "debug" });
  const leave = source.subscribe(() => {});
  await expect(load(source)).rejects.toThrow("error TS2304: Cannot find name 'oops'.");
  leave();
});

it("tells what a save was spent on", async () => {
  const ticker = await load(started({ optimize: "debug" }));
  const made = next("made");
  const swapped = swap(ticker);
  await writeFile(entry, plugin(10));
  const { times } = await made;
  await swapped;
  expect(events.map(({ kind }) => kind)).toEqual(["made", "changed", "made"]);
  expect(events[1]).toMatchObject({ files: [entry], times });
  expect(times.noticed).toBeGreaterThan(0);
  expect(Math.abs(times.noticed - times.saved!)).toBeLessThan(60_000);
  await ticker.close();
});

it("follows a module that somebody else builds", async () => {
  const file = join(folder, "ticker.wasm");
  await writeFile(file, (await build(entry)).wasm);
  const ticker = await load(started({}, file));
  await ticker.call.tick!();
  const swapped = swap(ticker);
  await writeFile(entry, plugin(10));
  await writeFile(`${file}.tmp`, (await build(entry)).wasm);
  await rename(`${file}.tmp`, file);
  await swapped;
  expect(await ticker.call.tick!()).toBe(11);
  await ticker.close();
});

it("ends its watching with the plugin", async () => {
  const source = started({ optimize: "debug" });
  const ticker = await load(source);
  await ticker.close();
  await expect(source.close()).resolves.toBeUndefined();
  await writeFile(entry, plugin(10));
  expect(events.map(({ kind }) => kind)).toEqual(["made"]);
});

it("names what is wrong with its path", async () => {
  await expect(watch(join(folder, "no.ts")).current()).rejects.toThrow(
    `could not find ${join(folder, "no.ts")}: there is no such file or folder`,
  );
});

function started(options: WatchOptions = {}, path = folder): Watched {
  const source = watch(path, {
    ...options,
    onEvent(event) {
      events.push(event);
      tell(event);
    },
  });
  watched.push(source);
  return source;
}

/** The next event of a kind. */
function next<K extends WatchEvent["kind"]>(kind: K): Promise<Extract<WatchEvent, { kind: K }>> {
  return new Promise((resolve) => {
    tell = (event) => {
      if (event.kind === kind) resolve(event as Extract<WatchEvent, { kind: K }>);
    };
  });
}

/** The record of the next swap, or of the one after it. */
function swap(
  ticker: { on(type: "transition", listener: (record: Transition) => void): () => void },
  count = 1,
): Promise<Transition> {
  return new Promise((resolve) => {
    let left = count;
    const end = ticker.on("transition", (record) => {
      if (--left > 0) return;
      end();
      resolve(record);
    });
  });
}

function ways(): (string | undefined)[] {
  return events.flatMap((event) => (event.kind === "made" ? [event.made.optimize] : []));
}
