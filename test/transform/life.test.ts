import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { lift } from "../../abi/canonical/mod.ts";
import { type Build, build } from "../../abi/transform/build.ts";
import * as v1 from "../../abi/v1.ts";
import { guest, type Instance, instantiate } from "./instance.ts";

/** Collects what a guest writes, and gives it to the next, in pieces of `piece` bytes. */
class Channel {
  bytes = new Uint8Array();
  writes = 0;
  #at = 0;
  readonly #piece: number;
  readonly #stopAfter: number;
  memory: WebAssembly.Memory | undefined;

  constructor({ piece = 7, stopAfter = Number.POSITIVE_INFINITY } = {}) {
    this.#piece = piece;
    this.#stopAfter = stopAfter;
  }

  write = (at: number, length: number): number => {
    this.bytes = Buffer.concat([this.bytes, new Uint8Array(this.memory!.buffer, at, length)]);
    return ++this.writes < this.#stopAfter ? 1 : 0;
  };

  read = (at: number, max: number): number => {
    const part = this.bytes.subarray(this.#at, this.#at + Math.min(max, this.#piece));
    new Uint8Array(this.memory!.buffer, at, part.length).set(part);
    this.#at += part.length;
    return part.length;
  };
}

function run(made: Build, channel: Channel, lines: string[] = []): Instance {
  const write = (_: string, line: string) => void lines.push(line);
  const instance = instantiate(made.wasm, {
    [v1.STATE]: { write: channel.write, read: channel.read },
    "moult:log/log@1.0.0": { write },
  });
  channel.memory = instance.memory;
  return instance;
}

function core(instance: Instance, name: string): (...args: number[]) => number {
  return instance.exports[name] as (...args: number[]) => number;
}

describe.each(["debug", "release"] as const)("a guest with hooks, built for %s", (optimize) => {
  let made: Build;
  beforeAll(async () => {
    made = await build(guest("life"), { optimize });
  });

  test("exports them under the names of the ABI, and none as a function of its interface", () => {
    const module = new WebAssembly.Module(made.wasm as Uint8Array<ArrayBuffer>);
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([v1.MARKER, v1.START, v1.STOP, v1.RESTORED, v1.CHECK_STATE]),
    );
    expect(names).toEqual(
      expect.arrayContaining([v1.SAVE, v1.RESTORE, v1.REALLOC, v1.INITIALIZE, v1.MEMORY_EXPORT]),
    );
    expect(made.manifest.exports.map(({ name }) => name)).toEqual([
      "add",
      "forget",
      "double",
      "names",
      "fail",
    ]);
  });

  test("runs start and stop when it is told to", () => {
    const lines: string[] = [];
    const instance = run(made, new Channel(), lines);
    expect(lines).toEqual([]);
    core(instance, v1.START)();
    core(instance, v1.STOP)();
    expect(lines).toEqual(["started with 0", "stopped"]);
  });

  test("hands its state to another, whose onRestore runs when it is told to", () => {
    const channel = new Channel();
    const old = run(made, channel);
    for (const name of ["a", "b", "ü"]) old.call.add!(name);
    expect(core(old, v1.SAVE)()).toBe(1);
    const next = run(made, channel);
    core(next, v1.RESTORE)(0);
    expect(next.call.names!()).toEqual(["a", "b", "ü"]);
    expect(next.call.double!()).toBe(0n);
    core(next, v1.RESTORED)();
    expect(next.call.double!()).toBe(6n);
    expect(next.call.add!("c")).toBe(4n);
  });

  test("complains about its state by a string, or not at all", () => {
    const instance = run(made, new Channel());
    expect(core(instance, v1.CHECK_STATE)()).toBe(0);
    instance.call.add!("a");
    instance.call.forget!();
    const complaint = core(instance, v1.CHECK_STATE)();
    expect(lift("string", instance.guest, complaint)).toBe("more names than lines: 1");
  });

  test("aborts with its message, file, line and column", () => {
    const instance = run(made, new Channel());
    expect(() => instance.call.fail!("so it goes")).toThrow(new Error("so it goes at life.ts:45:3"));
  });

  test("exports every mutable global, as many as its manifest says", () => {
    const instance = run(made, new Channel());
    const globals = Object.entries(instance.exports).filter(([name]) => name.startsWith(v1.GLOBAL));
    expect(globals.length).toBe(made.manifest.globals);
    expect(globals.map(([name]) => name)).toEqual(globals.map((_, index) => v1.GLOBAL + index));
    for (const [, global] of globals) expect(global).toBeInstanceOf(WebAssembly.Global);
    expect(globalsOf(made.wasm)).toBe(made.manifest.globals);
  });

  test("can be cloned by its memory and globals", () => {
    const original = run(made, new Channel());
    for (let i = 0; i < 1000; i++) original.call.add!(`name ${i}`);
    const clone = run(made, new Channel());
    clone.memory.grow((original.memory.buffer.byteLength - clone.memory.buffer.byteLength) / 65_536);
    new Uint8Array(clone.memory.buffer).set(new Uint8Array(original.memory.buffer));
    for (let i = 0; i < made.manifest.globals!; i++) {
      const name = v1.GLOBAL + i;
      const [to, from] = [clone, original].map((one) => one.exports[name] as unknown as WebAssembly.Global);
      to!.value = from!.value;
    }
    for (let i = 0; i < 1000; i++) clone.call.add!(`clone ${i}`);
    expect((clone.call.names!() as string[]).length).toBe(2000);
    expect((original.call.names!() as string[]).length).toBe(1000);
  });
});

describe("a guest that writes its state hooks by hand", () => {
  let made: Build;
  beforeAll(async () => {
    made = await build(guest("by-hand"), { optimize: "release" });
  });

  test("says in its manifest that the bytes mean something to it alone", () => {
    expect(made.manifest.state).toEqual({
      schema: "bytes",
      fingerprint: createHash("sha256").update('"bytes"').digest("hex"),
      migrations: [],
      opaque: true,
    });
    expect(made.manifest.exports.map(({ name }) => name)).toEqual(["keep", "kind"]);
  });

  test("hands over bytes in parts of a mebibyte, and takes them in parts as they come", () => {
    const channel = new Channel({ piece: 999 });
    const old = run(made, channel);
    const bytes = Uint8Array.from({ length: 2_500_000 }, (_, i) => i * 7);
    old.call.keep!(bytes);
    expect(core(old, v1.SAVE)()).toBe(1);
    expect(channel.writes).toBe(3);
    const next = run(made, channel);
    core(next, v1.RESTORE)(0);
    expect(Buffer.from(next.call.kind!() as Uint8Array).equals(bytes)).toBe(true);
  });

  test("stops when the host asks it to", () => {
    const channel = new Channel({ stopAfter: 1 });
    const old = run(made, channel);
    old.call.keep!(new Uint8Array(5_000_000));
    expect(core(old, v1.SAVE)()).toBe(0);
    expect(channel.writes).toBe(1);
  });
});

/** Counts a module's own mutable globals in its bytes. */
function globalsOf(wasm: Uint8Array): number {
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < wasm.length) {
    const id = wasm[at++]!;
    const end = leb() + at;
    if (id !== 6) {
      at = end;
      continue;
    }
    let mutable = 0;
    for (let left = leb(); left > 0; left--) {
      at++;
      mutable += wasm[at++]!;
      // A constant expression of one instruction, and its end.
      const operation = wasm[at++]!;
      if (operation === 0x43) at += 4;
      else if (operation === 0x44) at += 8;
      else leb();
      at++;
    }
    return mutable;
  }
  return 0;
}
