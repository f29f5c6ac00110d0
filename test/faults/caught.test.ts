/** Guests that catch what the host throws, as C++, Kotlin and Rust do: they go on, and are ended all the same. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { assemblyscript } from "../../host/guest/assemblyscript/mod.ts";
import { capability, contract, type Grant, load, type PluginError } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { folder } from "../durable/folder.ts";
import { ALLOCATOR, failure, manifest, refused, said, wat } from "./guest.ts";

const IO = "test:faults/io@1.0.0";
const AFTER = "it is not called again until it is swapped or rolled back";

interface Io {
  readonly ask: (n: number) => unknown;
  readonly act: (n: number) => unknown;
  readonly text: () => unknown;
  readonly tell: (line: string) => unknown;
}

/** @returns what was asked, in order */
function io(own: Partial<Io> = {}): { readonly grant: Grant[]; readonly asked: string[] } {
  const asked: string[] = [];
  const noted = (what: string, answer: () => unknown): unknown => {
    asked.push(what);
    return answer();
  };
  const given: Io = { ask: (n) => n, act: (n) => n, text: () => "", tell: () => {}, ...own };
  const grant = capability(
    IO,
    {
      ask: { params: [z.uint32()], returns: z.uint32(), kind: "read" },
      act: { params: [z.uint32()], returns: z.uint32() },
      text: { params: [], returns: z.string(), kind: "read" },
      tell: { params: [z.string()], kind: "post" },
    },
    () => ({
      ask: (n) => noted(`ask ${n}`, () => given.ask(n)) as number,
      act: (n) => noted(`act ${n}`, () => given.act(n)) as number,
      text: () => noted("text", () => given.text()) as string,
      tell: (line) => noted(`tell ${line}`, () => given.tell(line)) as undefined,
    }),
  );
  return { grant: [grant], asked };
}

const U32 = "u32";
const IMPORTS = [
  {
    interface: IO,
    functions: [
      { name: "ask", params: [{ name: "n", type: U32 }], result: U32 },
      { name: "act", params: [{ name: "n", type: U32 }], result: U32 },
      { name: "text", params: [], result: "string" },
      { name: "tell", params: [{ name: "line", type: "string" }] },
    ],
  },
];
const FUNCTIONS = `
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (import "${IO}" "ask" (func $ask (param i32) (result i32)))
  (import "${IO}" "act" (func $act (param i32) (result i32)))
  (import "${IO}" "text" (func $text (param i32)))
  (import "${IO}" "tell" (func $tell (param i32 i32)))`;

/** Does something, and goes on whatever is thrown meanwhile. */
const caught = (work: string) => `(try (do ${work}) (catch_all))`;
const ABORT = "(call $abort (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 9))";
const ask = (n: number) => `(drop (call $ask (i32.const ${n})))`;
const act = (n: number) => `(drop (call $act (i32.const ${n})))`;

/** A guest with a function `run`, which answers 42, and `fine`, which answers 1. */
function guest(run: string, more = "", parts: object = {}): Promise<Uint8Array> {
  return wat(
    `${FUNCTIONS} (tag $own) ${more.includes('"cabi_realloc"') ? '(memory (export "memory") 1)' : ALLOCATOR} ${more}
     (func (export "run") (result i32) ${run} (i32.const 42))
     (func (export "fine") (result i32) (i32.const 1))`,
    {
      manifest: manifest({
        exports: [
          { name: "run", params: [], result: U32 },
          { name: "fine", params: [], result: U32 },
        ],
        imports: IMPORTS,
        ...parts,
      }),
    },
  );
}

const boom = (): never => {
  throw new Error("boom");
};
const trapped = (why: string) => `[trapped] could not call hand.run: version 1.0.0 trapped: ${why}; ${AFTER}`;
const failed = (why: string) =>
  `[grant-failed] could not call hand.run: the grant ${IO}#${why}; with a store, or afterTrap: "restart", it would come back by itself; now ${AFTER}`;
const THREW =
  "threw, and its type has no place for an error: boom; say fails: true in its capability, and the plugin gets the error as a value";

interface Row {
  readonly what: string;
  readonly run: string;
  readonly message: string;
  readonly own?: Partial<Io>;
  readonly more?: string;
}

describe("a call that comes back though something was thrown in it", () => {
  const rows: readonly Row[] = [
    { what: "its own abort", run: caught(ABORT), message: trapped("abort") },
    { what: "what a read throws", run: caught(ask(1)), message: failed(`ask ${THREW}`), own: { ask: boom } },
    {
      what: "what an effect throws",
      run: caught(act(1)),
      message: failed(`act ${THREW}`),
      own: { act: boom },
    },
    {
      what: "an answer of another type",
      run: caught(ask(1)),
      message: failed(
        "ask answered what its type does not allow: result of ask: wanted a u32 (0 to 4294967295), found -1",
      ),
      own: { ask: () => -1 },
    },
    {
      what: "an answer that is a promise",
      run: caught(act(1)),
      message: failed(
        'act answered a promise; say async: true in its capability, or kind: "post" where it answers nothing',
      ),
      own: { act: async () => boom() },
    },
    {
      what: "that an argument lies outside its memory",
      run: caught("(call $tell (i32.const 65000) (i32.const 65000))"),
      message: trapped(
        "parameter line of tell: a string at 65000 with 65000 bytes lies outside the memory of 65536 bytes",
      ),
    },
    {
      what: "that it aborted when it should have made room for an answer",
      run: caught("(call $text (i32.const 16))"),
      message: trapped("abort"),
      own: { text: () => "long" },
      more: `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${ABORT} (i32.const 16))`,
    },
    {
      what: "a fault, and throws its own",
      run: `${caught(ABORT)} (throw $own)`,
      message: trapped("abort"),
    },
    {
      what: "a fault, and meets another one",
      run: `${caught(ask(1))} unreachable`,
      message: failed(`ask ${THREW}`),
      own: { ask: boom },
    },
    {
      what: "a fault in a function that it calls",
      run: "(call $deep)",
      message: trapped("abort"),
      more: `(func $deep ${caught(ABORT)})`,
    },
    {
      what: "a fault a thousand times",
      run: `(local $i i32) (loop $again ${caught(ask(1))}
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))`,
      message: failed(`ask ${THREW}`),
      own: { ask: boom },
    },
  ];

  test.each(rows)("because the guest caught $what", async ({ run, message, own, more }) => {
    const { grant } = io(own);
    await using plugin = await load(await guest(run, more), { grant });
    const traps: PluginError[] = [];
    plugin.on("trap", ({ error }) => traps.push(error));
    const error = await failure(plugin.call.run!());
    expect(said(error)).toBe(message);
    expect(traps).toEqual([error]);
    for (const call of [plugin.call.fine!, plugin.callSync.fine!])
      expect(await failure(() => call())).toBe(error);
  });

  test("asks nothing more of its host", async () => {
    const { grant, asked } = io({ ask: boom });
    const run = `${caught(ask(1))} ${caught(act(2))} ${caught(ask(3))} ${caught("(call $tell (i32.const 0) (i32.const 0))")}`;
    await using plugin = await load(await guest(run), { grant });
    expect((await failure(plugin.call.run!())).code).toBe("grant-failed");
    expect(asked).toEqual(["ask 1"]);
  });

  test("is told as it is where nothing catches what the guest throws", async () => {
    await using plugin = await load(await guest("(throw $own)"), { grant: io().grant });
    expect(await refused(plugin.call.run!())).toBe(
      trapped("it threw an exception that nothing in it catches"),
    );
  });

  test("is an answer where the guest threw and caught by itself", async () => {
    await using plugin = await load(await guest(caught("(throw $own)")), { grant: io().grant });
    expect(await plugin.call.run!()).toBe(42);
  });

  test("is a trap in a plain module too", async () => {
    const code = await wat(
      `(import "env" "abort" (func $abort (param i32 i32 i32 i32))) (memory (export "memory") 1)
       (func (export "run") (result i32) ${caught(ABORT)} (i32.const 42))`,
      { markers: [], manifest: undefined },
    );
    const Run = contract("test:faults/run@1", { run: { params: [], returns: z.int32() } });
    await using plugin = await load(Run, code, { abi: assemblyscript() });
    expect(await refused(plugin.call.run())).toBe(
      `[trapped] could not call plugin.run: version 0.0.0 trapped: abort; ${AFTER}`,
    );
  });
});

describe("a hook that comes back though something was thrown in it", () => {
  const LIFE = "moult:plugin/life@1.0.0";
  const STATE = "moult:plugin/state@1.0.0";
  const STREAM = `
    (import "${STATE}" "write" (func $write (param i32 i32) (result i32)))
    (import "${STATE}" "read" (func $read (param i32 i32) (result i32)))`;
  /** Of `"bytes"`. */
  const FINGERPRINT = "9ae507a9dd39ee5b7c7e285da2c0846521c8ae8d80feeae5504e0c981d53f5fa";
  const OPAQUE = {
    state: { schema: "bytes", fingerprint: FINGERPRINT, migrations: [], opaque: true },
    globals: 0,
  };
  const SAVE = `(func (export "${STATE}#save") (result i32) (call $write (i32.const 16) (i32.const 8)))`;
  const RESTORE = `(func (export "${STATE}#restore") (param i32) (drop (call $read (i32.const 16) (i32.const 8))))`;
  /** With a state of eight bytes, saved and restored as these hooks do it. */
  const stateful = (save = SAVE, restore = RESTORE, more = "", version = "1.0.0") =>
    wat(
      `${FUNCTIONS} ${STREAM} (memory (export "memory") 1) ${save} ${restore} ${more}
       (func (export "run") (result i32) (i32.const 42))`,
      {
        manifest: manifest({
          version,
          exports: [{ name: "run", params: [], result: U32 }],
          imports: IMPORTS,
          ...OPAQUE,
        }),
      },
    );
  const hook = (name: string, work: string) => `(func (export "${name}") ${work})`;
  const refusedEffect = `${IO}#act has an effect, which is refused before the cutover`;

  test.each([
    ["_initialize", caught(ABORT), "[failed-start] hand 1.0.0: its start failed: abort"],
    [`${LIFE}#start`, caught(act(1)), `[failed-start] hand 1.0.0: its start failed: ${refusedEffect}`],
    [`${LIFE}#start`, `${caught(ABORT)} (throw $own)`, "[failed-start] hand 1.0.0: its start failed: abort"],
  ])("%s, is refused", async (name, work, message) => {
    const { grant, asked } = io();
    expect(await refused(load(await guest("", hook(name, work)), { grant }))).toBe(message);
    expect(asked).toEqual([]);
  });

  test("start, whose grant failed, refuses the load and a swap, and no version is blamed", async () => {
    const { grant } = io({ ask: boom });
    const code = await guest("", hook(`${LIFE}#start`, caught(ask(1))), { version: "2.0.0" });
    const why = `hand 2.0.0: its start failed: the grant ${IO}#ask ${THREW}`;
    expect(await refused(load(code, { grant }))).toBe(`[grant-failed] ${why}`);
    await using plugin = await load(await guest(""), { grant });
    const error = await failure(plugin.swap(code));
    expect(said(error)).toBe(`[grant-failed] could not swap hand 1.0.0: ${why}; version 1.0.0 still serves`);
    expect(await plugin.call.run!()).toBe(42);
  });

  test("instantiation, of a module that came compiled, is refused", async () => {
    const code = await guest("", `(func $early ${caught(ABORT)}) (start $early)`);
    expect(
      await refused(load(await WebAssembly.compile(code as Uint8Array<ArrayBuffer>), { grant: io().grant })),
    ).toBe(
      "[invalid-module] hand 1.0.0: could not be instantiated: it called out while it was instantiated, when its memory cannot be read; export _initialize, and have no start section",
    );
  });

  test("save, on a copy or where it serves, is refused", async () => {
    const far = caught("(drop (call $write (i32.const 65535) (i32.const 9)))");
    const save = `(func (export "${STATE}#save") (result i32) ${far} (call $write (i32.const 16) (i32.const 8)))`;
    const why = "state was written at 65535 with 9 bytes, outside the memory of 65536 bytes";
    const { grant } = io();
    await using plugin = await load(await stateful(save), { grant });
    expect(await refused(plugin.snapshot())).toBe(
      `[failed-save] hand 1.0.0: its save failed (on a copy): ${why}`,
    );
    expect(await plugin.call.run!()).toBe(42);
    const unclonable = await wat(
      `${FUNCTIONS} ${STREAM} (memory (export "memory") 1) ${save} ${RESTORE} (func (export "run") (result i32) (i32.const 42))`,
      {
        manifest: manifest({
          exports: [{ name: "run", params: [], result: U32 }],
          imports: IMPORTS,
          state: OPAQUE.state,
        }),
      },
    );
    await using other = await load(unclonable, { grant });
    expect(await refused(other.snapshot())).toBe(`[failed-save] hand 1.0.0: its save failed: ${why}`);
    expect((await failure(other.call.run!())).code).toBe("trapped");
  });

  test("restore, and check-state, are refused", async () => {
    const { grant } = io();
    await using plugin = await load(await stateful(), { grant });
    const far = caught("(drop (call $read (i32.const 65535) (i32.const 9)))");
    const restore = `(func (export "${STATE}#restore") (param i32) ${far} (drop (call $read (i32.const 16) (i32.const 8))))`;
    expect(await refused(plugin.swap(await stateful(SAVE, restore, "", "2.0.0")))).toBe(
      "[failed-restore] could not swap hand 1.0.0: hand 2.0.0: its restore failed: state was read at 65535 with 9 bytes, outside the memory of 65536 bytes; version 1.0.0 still serves",
    );
    const check = `(func (export "${STATE}#check-state") (result i32) ${caught(ABORT)} (i32.const 0))`;
    expect(await refused(plugin.swap(await stateful(SAVE, RESTORE, check, "2.0.0")))).toBe(
      "[failed-check] could not swap hand 1.0.0: hand 2.0.0: its check of the state failed: abort; version 1.0.0 still serves",
    );
    expect(await plugin.call.run!()).toBe(42);
  });

  test("stop, is told, and the plugin is closed", async () => {
    const plugin = await load(await guest("", hook(`${LIFE}#stop`, caught(ABORT))), { grant: io().grant });
    const errors: unknown[] = [];
    plugin.on("error", ({ error }) => errors.push(error));
    await plugin.close();
    expect(errors.map(String)).toEqual(["PluginError: [failed-stop] could not stop hand 1.0.0: abort"]);
  });

  test.each([
    [
      "cabi_realloc",
      "cabi_realloc",
      '(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)',
      "(i32.const 1024))",
    ],
    ["cabi_post", "cabi_post_", '(func (export "cabi_post_echo") (param i32)', ")"],
  ])("%s, which may call nothing, is a trap", async (_, name, head, tail) => {
    const { grant, asked } = io();
    const realloc = '(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))';
    const code = await wat(
      `${FUNCTIONS} (memory (export "memory") 1) ${name === "cabi_realloc" ? "" : realloc} ${head} ${caught(ask(1))} ${tail}
       (func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))`,
      {
        manifest: manifest({
          exports: [{ name: "echo", params: [{ name: "line", type: "string" }], result: "string" }],
          imports: IMPORTS,
        }),
      },
    );
    await using plugin = await load(code, { grant });
    expect(await refused((plugin.call.echo as (line: string) => Promise<string>)("hello"))).toBe(
      `[trapped] could not call hand.echo: version 1.0.0 trapped: ${name} called ask; it may call nothing; ${AFTER}`,
    );
    expect(asked).toEqual([]);
  });
});

describe("a fault that the guest caught, where calls are kept", () => {
  const STATE = "moult:plugin/state@1.0.0";
  const state = {
    schema: "bytes",
    fingerprint: "9ae507a9dd39ee5b7c7e285da2c0846521c8ae8d80feeae5504e0c981d53f5fa",
    migrations: [],
    opaque: true,
  };
  const ADD = (at: number) =>
    `(i32.store (i32.const ${at}) (i32.add (i32.load (i32.const ${at})) (local.get $n)))`;
  /** Pays, and counts what it could not pay. @param asks whether the host has to do it */
  const payer = (version: string, asks = true) =>
    wat(
      `${FUNCTIONS}
       (import "${STATE}" "write" (func $write (param i32 i32) (result i32)))
       (import "${STATE}" "read" (func $read (param i32 i32) (result i32)))
       (memory (export "memory") 1)
       (func (export "${STATE}#save") (result i32) (call $write (i32.const 16) (i32.const 8)))
       (func (export "${STATE}#restore") (param i32) (drop (call $read (i32.const 16) (i32.const 8))))
       (func (export "pay") (param $n i32) (result i32)
         ${asks ? `(try (do (drop (call $act (local.get $n))) ${ADD(16)}) (catch_all ${ADD(20)}))` : ADD(16)}
         (i32.load (i32.const 16)))
       (func (export "paid") (result i32) (i32.load (i32.const 16)))
       (func (export "failed") (result i32) (i32.load (i32.const 20)))`,
      {
        manifest: manifest({
          version,
          globals: 0,
          exports: [
            { name: "pay", params: [{ name: "n", type: U32 }], result: U32 },
            { name: "paid", params: [], result: U32 },
            { name: "failed", params: [], result: U32 },
          ],
          imports: IMPORTS,
          state,
        }),
      },
    );
  const Pay = contract("moult:plugin/world@1", {
    pay: { params: [z.uint32()], returns: z.uint32() },
    paid: { params: [], returns: z.uint32() },
    failed: { params: [], returns: z.uint32() },
  });

  test("a call cannot be run again with an effect that it did not have, and both versions are what they were", async () => {
    const { grant, asked } = io();
    await using plugin = await load(Pay, await payer("1.0.0"), { grant });
    await plugin.call.pay(5);
    await plugin.swap(await payer("2.0.0", false), { probation: {} });
    await plugin.call.pay(7);
    expect(await plugin.call.pay(9)).toBe(21);
    expect(await refused(plugin.rollback())).toBe(
      `[unreplayable] could not roll back hand: call 1 of 2 since the cutover, pay, could not be run again: ${IO}#act has an effect that was not recorded, so it is not performed in a replay; version 2.0.0 still serves`,
    );
    expect([await plugin.call.paid(), await plugin.call.failed()]).toEqual([21, 0]);
    // The incumbent, in which that fault was, is what it was before: it may be called.
    await plugin.rollback({ discard: true });
    expect([await plugin.call.paid(), await plugin.call.failed(), await plugin.call.pay(1)]).toEqual([
      5, 0, 6,
    ]);
    expect(asked).toEqual(["act 5", "act 1"]);
  });

  test("an effect whose answer cannot be logged undoes its call, here and after a kill", async () => {
    const path = folder();
    const store = directoryStore(path);
    const { append } = store;
    const full = () => {
      store.append = append;
      throw new Error("ENOSPC");
    };
    const { grant } = io({
      act: (n) => {
        if (n === 7) store.append = full;
        return n;
      },
    });
    const plugin = await load(Pay, await payer("1.0.0"), { grant, store });
    await plugin.call.pay(5);
    expect(await refused(plugin.call.pay(7))).toBe(
      "[store-failed] could not call hand.pay: what the host answered it could not be logged: ENOSPC; the call is undone",
    );
    expect([await plugin.call.paid(), await plugin.call.failed()]).toEqual([5, 0]);
    await plugin.close();
    await using again = await load(Pay, await payer("1.0.0"), { grant, store: directoryStore(path) });
    expect([await again.call.paid(), await again.call.failed()]).toEqual([5, 0]);
  });

  test("a grant that failed is undone, and does not count as a crash", async () => {
    const { grant } = io({
      act: (n) => {
        if (n === 7) throw new Error("boom");
        return n;
      },
    });
    const restart = { limit: 1, window: 1_000_000 };
    await using plugin = await load(Pay, await payer("1.0.0"), { grant, afterTrap: { restart } });
    await plugin.call.pay(5);
    for (let i = 0; i < 4; i++) {
      const waits = plugin.call.pay(7).catch((error: PluginError) => said(error));
      const next = plugin.call.pay(1);
      expect(await waits).toBe(
        `[grant-failed] could not call hand.pay: the grant ${IO}#act ${THREW}; a fresh instance takes its place, without this call`,
      );
      expect(await next).toBe(6 + i);
    }
    expect([await plugin.call.paid(), await plugin.call.failed()]).toEqual([9, 0]);
    expect(plugin.history().map(({ outcome, cause }) => [outcome, cause?.code])).toEqual(
      Array(4).fill(["restarted", "grant-failed"]),
    );
  });
});

test("after a trap nothing of an instance is called: not its stop hook, and not what frees an answer", async () => {
  const { grant, asked } = io();
  const tell = "(call $tell (i32.const 0) (i32.const 0))";
  const more = `(func (export "moult:plugin/life@1.0.0#stop") ${tell}) (func (export "cabi_post_run") (param i32) ${ABORT})`;
  for (const run of [
    "unreachable",
    caught(ABORT),
    caught("(call $tell (i32.const 65000) (i32.const 65000))"),
  ]) {
    const plugin = await load(await guest(run, more), { grant });
    const errors: unknown[] = [];
    plugin.on("error", ({ error }) => errors.push(error));
    const error = await failure(plugin.call.run!());
    expect(error.code).toBe("trapped");
    await plugin.close();
    expect(errors).toEqual([]);
  }
  expect(asked).toEqual([]);
});
