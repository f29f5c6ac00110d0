/**
 * Programs that are killed, and of which the next one has another version: no acknowledged call is lost, none is done twice. On
 * the built program: `npm test` builds it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { linked, START, type Version, wasmOf } from "./chain.ts";
import { folder } from "./folder.ts";

const CHILD = fileURLToPath(new URL("chain-child.mjs", import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

type Serving = "one" | "two" | "three";

/** What a program says. */
type Told =
  | { readonly refused: string }
  | { readonly n: number; readonly hash: number }
  | { readonly count: number; readonly hash: number; readonly version: string; readonly generation: number };

/** A store, and what its programs acknowledged. */
class Life {
  readonly #path = folder();
  /** After so many links: those that were acknowledged, or were found. */
  #hashes = [START];
  #stamped = 0;
  /** The version that may have had one call more. */
  #last: Serving = "one";

  /** @param kill it after so many answers, or when it is there, or at a write to the disk */
  async run(
    name: Version,
    { answers, writes }: { readonly answers?: number; readonly writes?: number },
  ): Promise<Told | undefined> {
    const version = name.split("-")[0] as Serving;
    const wasm = join(this.#path, `${name}.wasm`);
    if (!existsSync(wasm)) writeFileSync(wasm, await wasmOf(name));
    const store = join(this.#path, "store");
    const told = writes === undefined ? [] : [`${writes}`];
    const child = spawn(process.execPath, [CHILD, store, wasm, version, ...told], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    let [rest, first] = ["", undefined as Told | undefined];
    let left = answers ?? 0;
    let wrong: unknown;
    const look = (told: Told) => {
      first ??= told;
      if ("count" in told) this.#found(told, version);
      if ("n" in told) this.#answered(told, version);
      if (!("refused" in told) && left-- <= 0) child.kill("SIGKILL");
    };
    child.stdout.on("data", (data) => {
      const lines = `${rest}${data}`.split("\n");
      rest = lines.pop()!;
      try {
        for (const line of wrong ? [] : lines) look(JSON.parse(line));
      } catch (error) {
        wrong = error;
        child.kill("SIGKILL");
      }
    });
    await new Promise((resolve) => child.on("close", resolve));
    if (wrong) throw wrong;
    return first;
  }

  #found({ count, hash }: { readonly count: number; readonly hash: number }, version: Serving): void {
    const known = this.#hashes.length - 1;
    // One call may have been written and not acknowledged.
    if (count === known + 1) this.#hashes.push(this.#next(this.#last));
    expect([count, hash]).toEqual([this.#hashes.length - 1, this.#hashes.at(-1)]);
    this.#last = version;
  }

  #answered({ n, hash }: { readonly n: number; readonly hash: number }, version: Serving): void {
    expect(n).toBe(this.#hashes.length);
    this.#hashes.push(this.#next(version));
    expect(hash).toBe(this.#hashes.at(-1));
  }

  #next(version: Serving): number {
    const n = this.#hashes.length;
    const isStamped = version !== "three" && n % 3 === 0;
    if (isStamped) this.#stamped++;
    return linked(this.#hashes.at(-1)!, isStamped ? 3 * n : n, version);
  }

  /** Links that are known. */
  get count(): number {
    return this.#hashes.length - 1;
  }

  /** Looks once more, by a program that is killed when it is there: each stamp that counts was made, and once. */
  async end(name: Version): Promise<void> {
    await this.run(name, { answers: 0 });
    const book = readFileSync(join(this.#path, "book"), "utf8").trimEnd().split("\n");
    // A call that was begun after the last look may have stamped, and nothing more is known of it.
    expect([this.#stamped, this.#stamped + 1]).toContain(new Set(book).size);
    expect(book.length - new Set(book).size).toBeLessThanOrEqual(2);
  }
}

describe("kill -9, and another version after it", () => {
  it("F31, F37: lets another version take over all calls, which is killed and comes back itself", async () => {
    const life = new Life();
    await life.run("one", { answers: 40 });
    expect(await life.run("two", { answers: 60 })).toMatchObject({ version: "2.0.0", generation: 2 });
    expect(await life.run("two", { answers: 7 })).toMatchObject({ version: "2.0.0", generation: 1 });
    expect(await life.run("three", { answers: 30 })).toMatchObject({ version: "3.0.0", generation: 2 });
    await life.end("three");
    expect(life.count).toBeGreaterThan(130);
  });

  it("is refused, so that the version before works on, and takes over when it was mended", async () => {
    const life = new Life();
    await life.run("one", { answers: 12 });
    for (let n = 0; n < 2; n++)
      expect(await life.run("two-refusing", {})).toEqual({ refused: "failed-check" });
    expect(await life.run("two-without-way", {})).toEqual({ refused: "incompatible-state" });
    expect(await life.run("one", { answers: 33 })).toMatchObject({ version: "1.0.0", generation: 1 });
    expect(await life.run("two", { answers: 20 })).toMatchObject({ version: "2.0.0", generation: 2 });
    await life.end("two");
    expect(life.count).toBeGreaterThan(60);
  });

  it("is killed at one write of the deployment itself after another, until it is through", async () => {
    const life = new Life();
    await life.run("one", { answers: 10 });
    let told: Told | undefined;
    let writes = -2;
    while (told === undefined) {
      writes += 3;
      told = await life.run("two", { writes, answers: 5 });
    }
    expect(told).toMatchObject({ version: "2.0.0" });
    // The snapshot, the module and the journal, each opened, written, synced and renamed, and the names.
    expect(writes).toBeGreaterThan(8);
    await life.end("two");
  });

  it("is killed before its first call, and so is the next, and the one after", async () => {
    const life = new Life();
    await life.run("one", { answers: 20 });
    const ready = { answers: 0 };
    expect(await life.run("two", ready)).toMatchObject({ version: "2.0.0" });
    expect(await life.run("two", ready)).toMatchObject({ version: "2.0.0" });
    expect(await life.run("three", ready)).toMatchObject({ version: "3.0.0" });
    for (let n = 0; n < 2; n++) await life.run("three", ready);
    await life.run("three", { answers: 9 });
    await life.end("three");
  });
});
