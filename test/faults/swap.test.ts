/** A swap happens completely, or not at all: real guests that break at every turn of it. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fingerprint } from "../../abi/state/avro/fingerprint.ts";
import {
  contract,
  type FunctionsOf,
  load,
  type Plugin,
  type PluginError,
  type SwapOptions,
  type Transition,
} from "../../host/mod.ts";
import { Counter, failure, guest, manifest, refused, said, wat } from "./guest.ts";
import { Granted, metrics } from "./metrics.ts";

type Functions = FunctionsOf<typeof Counter>;
type CounterPlugin = Plugin<Functions>;

/** A swap that is refused: nothing of the plugin has changed, down to the last byte of its state. */
async function unchanged(
  plugin: CounterPlugin,
  source: Uint8Array,
  options?: SwapOptions<Functions>,
): Promise<PluginError> {
  const { generation, version } = plugin;
  const records: Transition[] = [];
  const stop = plugin.on("transition", (record) => records.push(record));
  const before = await plugin.snapshot();
  const value = plugin.callSync.value();
  const error = await failure(plugin.swap(source, options));
  stop();
  expect(await plugin.snapshot()).toEqual(before);
  expect(plugin.callSync.value()).toBe(value);
  expect(await plugin.call.value()).toBe(value);
  expect([plugin.generation, plugin.version]).toEqual([generation, version]);
  expect(records).toEqual([error.record]);
  expect(error.record).toMatchObject({
    outcome: "refused",
    from: { generation },
    cause: { code: error.code },
  });
  return error;
}

/** An incumbent that has something to lose. */
async function incumbent(name = "counter", options: { maxStateBytes?: number } = {}): Promise<CounterPlugin> {
  const plugin = await load(Counter, await guest(name), options);
  for (const step of [3, 4, 5]) await plugin.call.add(step);
  return plugin;
}

describe("a successor is refused, and the state is as it was, when", () => {
  const rows: readonly (readonly [what: string, name: string, phase: string, message: string])[] = [
    [
      "its top level traps",
      "trap-in-top-level",
      "prepare",
      "[failed-start] could not swap counter 1.0.0: counter 2.0.0: its start failed: the top level broke; version 1.0.0 still serves",
    ],
    [
      "its start traps",
      "trap-in-start",
      "prepare",
      "[failed-start] could not swap counter 1.0.0: counter 2.0.0: its start failed: start broke; version 1.0.0 still serves",
    ],
    [
      "its onRestore traps",
      "trap-in-on-restore",
      "prepare",
      "[failed-restore] could not swap counter 1.0.0: counter 2.0.0: its restore failed: onRestore broke; version 1.0.0 still serves",
    ],
    [
      "its checkState traps",
      "trap-in-check-state",
      "prepare",
      "[failed-check] could not swap counter 1.0.0: counter 2.0.0: its check of the state failed: checkState broke; version 1.0.0 still serves",
    ],
    [
      "its checkState complains",
      "complaint",
      "prepare",
      "[failed-check] could not swap counter 1.0.0: counter 2.0.0 finds its state wrong: 12 is too many; version 1.0.0 still serves",
    ],
    [
      "its state has another type",
      "retyped",
      "prepare",
      "[incompatible-state] could not swap counter 1.0.0: the state does not cross to counter 2.0.0: no way leads from the state of counter 1.0.0 to counter 2.0.0: value: was u32, is string; names: the new version has no such field. It has no steps; version 1.0.0 still serves" +
        "\n\nWhat would lead there, in the new version's source:\n\n- A step. Above class Counter:\n\n    class CounterV1 {\n      value: u32 = 0;\n" +
        "      names: Array<string> = [];\n    }\n\n  and in class Counter:\n\n    static from(old: CounterV1): Counter {\n" +
        '      const made = new Counter();\n      throw new Error("decide what value becomes of old.value");\n' +
        '      throw new Error("decide what becomes of old.names");\n      return made;\n    }',
    ],
    [
      "it has no state",
      "stateless",
      "prepare",
      "[incompatible-state] could not swap counter 1.0.0: counter 1.0.0 has state, and counter 2.0.0 has none to take it over; say reset: true to begin without it; version 1.0.0 still serves",
    ],
    [
      "its state is opaque",
      "hooks",
      "prepare",
      "[incompatible-state] could not swap counter 1.0.0: the state does not cross to counter 2.0.0: no way leads from the state of counter 1.0.0 to counter 2.0.0: the first is typed, the second opaque, made by hooks that are written by hand; version 1.0.0 still serves",
    ],
    [
      "it has not been granted what it wants",
      "granted",
      "prepare",
      "[missing-grant] could not swap counter 1.0.0: could not load counter 2.0.0: it asks for what it was not granted: test:faults/metrics@1.0.0; version 1.0.0 still serves",
    ],
  ];
  test.each(rows)("%s", async (_, name, phase, message) => {
    await using plugin = await incumbent();
    const error = await unchanged(plugin, await guest(name, "2.0.0"));
    expect(said(error)).toBe(message);
    expect(error.phase).toBe(phase);
    expect(error.record).toMatchObject({ to: { generation: 2, version: "2.0.0" } });
    // And again: a refusal leaves nothing behind that the next swap finds.
    await plugin.swap(await guest("counter", "2.0.0"));
    expect(await plugin.call.add(1)).toBe(13);
  });

  test("its migration traps", async () => {
    await using plugin = await incumbent();
    await plugin.call.add(1);
    const error = await unchanged(plugin, await guest("migration", "2.0.0"));
    expect(said(error)).toBe(
      "[failed-restore] could not swap counter 1.0.0: counter 2.0.0: its restore failed: 13 does not migrate; version 1.0.0 still serves",
    );
    await plugin.call.add(1);
    const record = await plugin.swap(await guest("migration", "2.0.0"));
    expect(record.steps).toEqual(["CounterV1", "Counter"]);
    expect(await plugin.call.value()).toBe(14);
  });

  test("verify throws, answers false, or answers never", async () => {
    await using plugin = await incumbent();
    const next = await guest("counter", "2.0.0");
    const fails: readonly (readonly [verify: SwapOptions<Functions>["verify"], message: string])[] = [
      [
        () => {
          throw new Error("I do not like it");
        },
        "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: I do not like it; version 1.0.0 still serves",
      ],
      [
        () => Promise.reject("not an error"),
        "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: not an error; version 1.0.0 still serves",
      ],
      [
        () => false,
        "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: it answered false; version 1.0.0 still serves",
      ],
      [
        async () => false,
        "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: it answered false; version 1.0.0 still serves",
      ],
    ];
    for (const [verify, message] of fails) {
      expect(said(await unchanged(plugin, next, { verify: verify! }))).toBe(message);
    }
    const never = await unchanged(plugin, next, { verify: () => new Promise(() => {}), timeout: 10 });
    expect(said(never)).toBe(
      "[deadline] could not swap counter 1.0.0: verify did not answer within 10 ms; version 1.0.0 still serves",
    );
  });

  test("warm throws, or answers never", async () => {
    await using plugin = await incumbent();
    const next = await guest("trap-in-call", "2.0.0");
    const thrown = await unchanged(plugin, next, { warm: (twin) => twin.call.add!(13 as never) });
    expect(said(thrown)).toBe(
      "[failed-verify] could not swap counter 1.0.0: warm refused version 2.0.0: [trapped] could not call counter.add: version 2.0.0 trapped: 13 is unlucky; it is not called again until it is swapped or rolled back; version 1.0.0 still serves",
    );
    const never = await unchanged(plugin, next, { warm: () => new Promise(() => {}), timeout: 10 });
    expect(said(never)).toBe(
      "[deadline] could not swap counter 1.0.0: warm did not answer within 10 ms; version 1.0.0 still serves",
    );
    // A signal that fires ends the rounds, too.
    const gone = new AbortController();
    let rounds = 0;
    const given = await unchanged(plugin, next, {
      warm: () => {
        rounds++;
        gone.abort();
      },
      signal: gone.signal,
    });
    expect(said(given)).toBe(
      "[aborted] could not swap counter 1.0.0: the caller gave up during warm; version 1.0.0 still serves",
    );
    expect(rounds).toBe(1);
  });

  test("verify makes the twin trap, and lets that out; calls of the twin changed the twin alone", async () => {
    await using plugin = await incumbent();
    let kept: CounterPlugin["call"] | undefined;
    const error = await unchanged(plugin, await guest("trap-in-call", "2.0.0"), {
      verify: async (twin) => {
        kept = twin.call;
        expect(await kept.add(1)).toBe(13);
        await kept.add(13);
      },
    });
    expect(said(error)).toBe(
      "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: [trapped] could not call counter.add: version 2.0.0 trapped: 13 is unlucky; it is not called again until it is swapped or rolled back; version 1.0.0 still serves",
    );
    // Who kept the twin finds it gone.
    expect(await refused(kept!.value())).toBe(
      "[closed] could not call the twin of counter 2.0.0: verify is over",
    );
  });
});

describe("at every turn of a swap that guests can break", () => {
  type Turn = readonly [asks: string, code: string, phase: string];
  const prepared: readonly Turn[] = [
    ["the incumbent's copy, as it is saved to be looked at", "failed-save", "prepare"],
    ["the twin's start", "failed-start", "prepare"],
    ["the twin's restore", "failed-restore", "prepare"],
    ["the twin's onRestore", "failed-restore", "prepare"],
    ["the twin's checkState", "failed-check", "prepare"],
    ["the successor's start", "failed-start", "prepare"],
  ];
  const taken: readonly Turn[] = [
    ["the successor's restore", "failed-restore", "restore"],
    ["the successor's onRestore", "failed-restore", "restore"],
    ["the successor's checkState", "failed-check", "check"],
  ];
  /** What asks, in order: where no call comes meanwhile, and where one does, so that the state crosses once more. */
  const ways: Readonly<Record<"idle" | "called", readonly Turn[]>> = {
    idle: [...prepared, ...taken],
    called: [...prepared, ["the incumbent's copy, as it is saved", "failed-save", "save"], ...taken],
  };
  const cases = (["idle", "called"] as const).flatMap((way) =>
    ways[way].map(([asks, code, phase], n) => ({ way, asks, code, phase, nth: n + 1 })),
  );
  const options = (way: "idle" | "called", plugin: Plugin<typeof Counter>) => ({
    verify: () => void (way === "called" && plugin.callSync.add(0)),
  });
  const moody = async () => {
    let asked = 0;
    let breaks = 0;
    const grant = metrics({ look: () => (++asked === breaks ? 1 : 0) });
    const plugin = await load(Counter, await guest("moody"), { grant: [grant] });
    await plugin.call.add(70_000);
    const breakAt = (n: number) => {
      breaks = n;
    };
    return { plugin, asked: () => asked, breakAt };
  };

  test.each(cases)(
    "$way, $asks: refused, and equal to an untouched copy",
    async ({ way, code, phase, nth }) => {
      const { plugin, asked, breakAt } = await moody();
      const untouched = await moody();
      const before = await plugin.snapshot();
      expect(before).toEqual(await untouched.plugin.snapshot());
      breakAt(asked() + nth);
      const error = await failure(plugin.swap(await guest("moody", "2.0.0"), options(way, plugin)));
      expect([error.code, error.phase]).toEqual([code, phase]);
      expect(error.message).toMatch(/: it broke here \(.*\); version 1\.0\.0 still serves$/);
      expect(await plugin.snapshot()).toEqual(before);
      expect(await plugin.call.add(1)).toBe(await untouched.plugin.call.add(1));
      await plugin.swap(await guest("moody", "2.0.0"));
      expect(await plugin.call.value()).toBe(70_001);
      await plugin.close();
      await untouched.plugin.close();
    },
  );

  test.each(["idle", "called"] as const)(
    "%s, no turn is left out: after the last one nothing refuses, and a stop that breaks is only told",
    async (way) => {
      const { plugin, asked, breakAt } = await moody();
      const errors: unknown[] = [];
      plugin.on("error", ({ error }) => errors.push(error));
      breakAt(asked() + ways[way].length + 1);
      await plugin.swap(await guest("moody", "2.0.0"), options(way, plugin));
      expect(await plugin.call.value()).toBe(70_000);
      expect(String(errors)).toMatch(/^PluginError: \[failed-stop\] could not stop .*: it broke here/);
      await plugin.close();
    },
  );
});

test("memory that grows inside every hook and call leaves no stale view behind", async () => {
  const Growing = contract("test:faults/counter@1", {
    add: { params: [z.uint32()], returns: z.uint32() },
    value: { params: [], returns: z.uint32() },
    echo: { params: [z.string()], returns: z.string() },
  });
  await using plugin = await load(Growing, await guest("growing"));
  let value = 0;
  for (let n = 2; n < 12; n++) {
    value += n;
    expect(await plugin.call.add(n)).toBe(value);
    expect(plugin.callSync.echo("grün 🌱")).toBe("grün 🌱grün 🌱");
    await plugin.swap(await guest("growing", `${n}.0.0`), {
      verify: (twin) => {
        expect(twin.callSync.echo("twin")).toBe("twintwin");
        expect(twin.callSync.value()).toBe(value);
      },
    });
    expect(plugin.callSync.value()).toBe(value);
    await plugin.snapshot();
    expect(await refused(plugin.swap(await guest("growing"), { verify: () => false }))).toMatch(
      /^\[failed-verify\]/,
    );
    expect(plugin.callSync.value()).toBe(value);
  }
});

describe("hooks by hand", () => {
  test("a save that alters the state alters a copy: refused, taken as a snapshot or swapped, the state is what it was", async () => {
    await using plugin = await incumbent("hooks");
    await unchanged(plugin, await guest("hooks", "2.0.0"), { verify: () => false });
    await plugin.swap(await guest("hooks", "2.0.0"), { probation: {} });
    expect(await plugin.call.value()).toBe(12);
    await plugin.rollback({ discard: true });
    expect(await plugin.call.value()).toBe(12);
  });

  test("a save that traps refuses the swap, and the plugin goes on", async () => {
    await using plugin = await incumbent("hooks");
    expect(await plugin.call.add(1)).toBe(13);
    const message =
      "[failed-save] could not swap counter 1.0.0: counter 1.0.0: its save failed (on a copy): save broke; version 1.0.0 still serves";
    expect(said(await failure(plugin.swap(await guest("hooks", "2.0.0"))))).toBe(message);
    expect(said(await failure(plugin.snapshot()))).toBe(
      "[failed-save] counter 1.0.0: its save failed (on a copy): save broke",
    );
    expect(await plugin.call.add(3)).toBe(16);
    await plugin.swap(await guest("hooks", "2.0.0"));
    expect(await plugin.call.value()).toBe(16);
  });

  test("a save that does not finish refuses the swap", async () => {
    await using plugin = await incumbent("hooks");
    expect(await plugin.call.add(2)).toBe(14);
    expect(said(await failure(plugin.swap(await guest("hooks", "2.0.0"))))).toBe(
      "[failed-save] could not swap counter 1.0.0: counter 1.0.0: its save failed (on a copy): the plugin did not finish writing its state; version 1.0.0 still serves",
    );
    expect(await plugin.call.value()).toBe(14);
  });

  test("a state of more bytes than may be saved refuses the swap, and names the option", async () => {
    await using plugin = await incumbent("counter", { maxStateBytes: 3 });
    const value = await plugin.call.add(1_000_000);
    expect(said(await failure(plugin.snapshot()))).toContain(
      "the state has 23 bytes or more; at most 3 are allowed (maxStateBytes)",
    );
    expect(said(await failure(plugin.swap(await guest("counter", "2.0.0"))))).toMatch(
      /^\[failed-save\] .* the state has 23 bytes or more; at most 3 are allowed \(maxStateBytes\); version 1\.0\.0 still serves$/,
    );
    expect(await plugin.call.value()).toBe(value);
  });

  test("a restore that traps refuses the swap", async () => {
    await using plugin = await incumbent("hooks");
    expect(await plugin.call.add(3)).toBe(15);
    const error = await unchanged(plugin, await guest("hooks", "2.0.0"));
    expect(said(error)).toBe(
      "[failed-restore] could not swap counter 1.0.0: counter 2.0.0: its restore failed: restore broke; version 1.0.0 still serves",
    );
  });

  test("a restore that leaves bytes unread refuses the swap", async () => {
    await using plugin = await incumbent("hooks");
    const error = await unchanged(plugin, await guest("hooks-leaving-bytes", "2.0.0"));
    expect(said(error)).toBe(
      "[failed-restore] could not swap counter 1.0.0: counter 2.0.0: its restore failed: the plugin left 3 of 4 bytes of state unread; version 1.0.0 still serves",
    );
  });

  test("a copy that grew while it was saved begins anew when it is saved again: what it wrote there is gone", async () => {
    const save = `(drop (memory.grow (i32.const 1)))
      (if (i32.load8_u (i32.const 65536)) (then unreachable))
      (i32.store8 (i32.const 65536) (i32.const 7))`;
    await using plugin = await load(Counter, await byHand({ save }));
    await plugin.call.add(9);
    await plugin.swap(await byHand({ version: "2.0.0" }));
    expect(await plugin.call.value()).toBe(9);
  });

  test("a trap in a save that cannot be done on a copy ends the plugin, which said so when it was loaded", async () => {
    const source = await byHand({
      save: "(if (i32.eq (global.get $value) (i32.const 13)) (then unreachable))",
      recoverable: false,
    });
    const plugin = await load(Counter, source);
    expect(plugin.warnings).toEqual([
      "hand 1.0.0 does not export its mutable globals, so it cannot be copied: a save that traps ends it (recoverable: false)",
    ]);
    await plugin.call.add(12);
    await plugin.swap(source);
    expect(await plugin.call.add(1)).toBe(13);
    const traps: PluginError[] = [];
    plugin.on("trap", ({ error }) => traps.push(error));
    const error = await failure(plugin.swap(source));
    expect(said(error).replace(/(its save failed: ).*?;/, "$1(the engine's words);")).toBe(
      "[failed-save] could not swap hand 1.0.0: hand 1.0.0: its save failed: (the engine's words); version 1.0.0 has trapped",
    );
    const { message } = await failure(plugin.call.value());
    expect(message.replace(/(its save failed: ).*?;/, "$1(the engine's words);")).toBe(
      "[trapped] could not save hand 1.0.0: its save failed: (the engine's words); it is not called again until it is swapped or rolled back",
    );
    expect(traps.map((trap) => trap.message)).toEqual([message]);
    await plugin.swap(source, { reset: true });
    expect(await plugin.call.value()).toBe(0);
    await plugin.close();
  });
});

/** A counter up to 63 in the text format: its state is one byte of Avro. */
async function byHand({
  save = "",
  restore = "(global.set $value (i32.shr_u (i32.load8_u (i32.const 64)) (i32.const 1)))",
  version = "1.0.0",
  recoverable = true,
} = {}) {
  const schema = { type: "record", name: "Counter", fields: [{ name: "value", type: "int" }] };
  const types = { params: [{ name: "step", type: "u32" }], result: "u32" };
  return wat(
    `(import "moult:plugin/state@1.0.0" "write" (func $write (param i32 i32) (result i32)))
     (import "moult:plugin/state@1.0.0" "read" (func $read (param i32 i32) (result i32)))
     (memory (export "memory") 1)
     (global $value (export "moult:global/0") (mut i32) (i32.const 0))
     (func (export "test:faults/counter@1.0.0#add") (param i32) (result i32)
       (global.set $value (i32.add (global.get $value) (local.get 0))) (global.get $value))
     (func (export "test:faults/counter@1.0.0#value") (result i32) (global.get $value))
     (func (export "moult:plugin/state@1.0.0#save") (result i32) ${save}
       (i32.store8 (i32.const 64) (i32.shl (global.get $value) (i32.const 1)))
       (call $write (i32.const 64) (i32.const 1)))
     (func (export "moult:plugin/state@1.0.0#restore") (param i32)
       (drop (call $read (i32.const 64) (i32.const 1))) ${restore})`,
    {
      manifest: manifest({
        version,
        interface: "test:faults/counter@1.0.0",
        exports: [
          { name: "add", ...types },
          { name: "value", params: [], result: "u32" },
        ],
        ...(recoverable && { globals: 1 }),
        state: { schema, fingerprint: await fingerprint(schema), migrations: [] },
      }),
    },
  );
}

describe("a restore that says it worked, and did not", () => {
  test("drops what there was: what it would save again tells", async () => {
    await using plugin = await load(Counter, await byHand());
    await plugin.call.add(7);
    const error = await unchanged(plugin, await byHand({ version: "2.0.0", restore: "" }));
    expect(said(error)).toBe(
      "[failed-restore] could not swap hand 1.0.0: hand 2.0.0: its restore failed: saved again, the restored state differs: 1 bytes went in, 1 came out, and byte 0 is the first that differs; version 1.0.0 still serves",
    );
    const record = await plugin.swap(await byHand({ version: "2.0.0" }));
    expect(record.stateBytes).toBe(1);
    expect(await plugin.call.value()).toBe(7);
  });

  test("reads where nobody offered, or writes where nobody asked", async () => {
    const early = "(drop (call $read (i32.const 64) (i32.const 1)))";
    const rows: readonly (readonly [source: Uint8Array, message: string])[] = [
      [
        await byHand({ restore: `(drop (call $write (i32.const 64) (i32.const 1)))` }),
        "[failed-restore] could not swap hand 1.0.0: hand 1.0.0: its restore failed: state was written outside of a save; version 1.0.0 still serves",
      ],
      [
        await byHand({ restore: `(drop (call $read (i32.const -1) (i32.const 1)))` }),
        "[failed-restore] could not swap hand 1.0.0: hand 1.0.0: its restore failed: state was read at 4294967295 with 1 bytes, outside the memory of 65536 bytes; version 1.0.0 still serves",
      ],
      [
        await byHand({ restore: `(drop (call $read (i32.const 0) (i32.const -1)))` }),
        "[failed-restore] could not swap hand 1.0.0: hand 1.0.0: its restore failed: 4294967295 bytes of state were read at once; at most 1048576 are allowed; version 1.0.0 still serves",
      ],
    ];
    await using plugin = await load(Counter, await byHand());
    for (const [source, message] of rows) expect(said(await unchanged(plugin, source))).toBe(message);
    await using other = await load(Counter, await byHand({ save: early }));
    expect(said(await failure(other.snapshot()))).toBe(
      "[failed-save] hand 1.0.0: its save failed (on a copy): state was read outside of a restore",
    );
    await using far = await load(
      Counter,
      await byHand({ save: "(drop (call $write (i32.const 65000) (i32.const 600)))" }),
    );
    expect(said(await failure(far.snapshot()))).toBe(
      "[failed-save] hand 1.0.0: its save failed (on a copy): state was written at 65000 with 600 bytes, outside the memory of 65536 bytes",
    );
    await using large = await load(
      Counter,
      await byHand({ save: "(drop (call $write (i32.const 0) (i32.const 0x100001)))" }),
    );
    expect(said(await failure(large.snapshot()))).toBe(
      "[failed-save] hand 1.0.0: its save failed (on a copy): 1048577 bytes of state were written at once; at most 1048576 are allowed",
    );
    expect(await large.call.add(1)).toBe(1);
  });
});

describe("what a version does before it serves", () => {
  test("an effect in start is refused, at load as at a swap", async () => {
    const acts: number[] = [];
    const grant = [metrics({ act: (step) => acts.push(step) })];
    expect(await refused(load(Counter, await guest("effect-in-start"), { grant }))).toBe(
      "[failed-start] counter 1.0.0: its start failed: test:faults/metrics@1.0.0#act has an effect, which is refused before the cutover",
    );
    await using plugin = await load(Counter, await guest("granted"), { grant });
    expect(said(await unchanged(plugin, await guest("effect-in-start", "2.0.0")))).toBe(
      "[failed-start] could not swap counter 1.0.0: counter 2.0.0: its start failed: test:faults/metrics@1.0.0#act has an effect, which is refused before the cutover; version 1.0.0 still serves",
    );
    expect(acts).toEqual([]);
  });

  test("an effect of a twin is refused; the serving one's is done", async () => {
    const acts: number[] = [];
    const grant = [metrics({ act: (step) => acts.push(step) })];
    await using plugin = await load(Granted, await guest("granted"), { grant });
    const next = await guest("granted", "2.0.0");
    expect(await refused(plugin.swap(next, { verify: (twin) => twin.call.act(7) }))).toBe(
      "[failed-verify] could not swap counter 1.0.0: verify refused version 2.0.0: [trapped] could not call counter.act: version 2.0.0 trapped: test:faults/metrics@1.0.0#act has an effect, which is refused before the cutover; it is not called again until it is swapped or rolled back; version 1.0.0 still serves",
    );
    // Where the type lets it, the guest is told instead of trapped.
    const told = await plugin.swap(next, {
      verify: async (twin) =>
        expect(await twin.call.attempt(7)).toBe(
          "err: test:faults/metrics@1.0.0#attempt has an effect, which is refused before the cutover",
        ),
    });
    expect(told.outcome).toBe("swapped");
    expect(await plugin.call.act(8)).toBe(1);
    expect(acts).toEqual([8]);
  });

  test("reads are answered; posts wait for the cutover, in order, and are made once", async () => {
    const lines: string[] = [];
    let looks = 40;
    const grant = [metrics({ tell: (line) => lines.push(line), look: () => ++looks })];
    await using plugin = await load(Granted, await guest("post-in-start"), { grant });
    expect(lines).toEqual(["looked and found 41"]);
    await plugin.call.tell("serving");
    await plugin.swap(await guest("post-in-start", "2.0.0"), {
      verify: (twin) => {
        twin.callSync.tell("from a twin, and never heard");
        expect(lines).toEqual(["looked and found 41", "serving"]);
      },
    });
    expect(lines).toEqual(["looked and found 41", "serving", "looked and found 43", "restored"]);
  });

  test("posts are dropped when it is refused, at load as at a swap", async () => {
    const lines: string[] = [];
    const grant = [metrics({ tell: (line) => lines.push(line) })];
    expect(await refused(load(Counter, await guest("post-and-trap"), { grant }))).toBe(
      "[failed-start] counter 1.0.0: its start failed: start broke after a post",
    );
    await using plugin = await load(Counter, await guest("granted"), { grant });
    expect(said(await unchanged(plugin, await guest("post-and-trap", "2.0.0")))).toBe(
      "[failed-start] could not swap counter 1.0.0: counter 2.0.0: its start failed: start broke after a post; version 1.0.0 still serves",
    );
    await unchanged(plugin, await guest("post-in-start", "2.0.0"), { verify: () => false });
    expect(lines).toEqual([]);
  });

  test("a post whose grant throws at the cutover disturbs nobody, and is told", async () => {
    const errors: unknown[] = [];
    let broken = false;
    const tell = () => {
      if (broken) throw new Error("the log is full");
    };
    await using plugin = await load(Counter, await guest("post-in-start"), { grant: [metrics({ tell })] });
    plugin.on("error", ({ error }) => errors.push(error));
    broken = true;
    expect((await plugin.swap(await guest("post-in-start", "2.0.0"))).outcome).toBe("swapped");
    expect(errors).toEqual([new Error("the log is full"), new Error("the log is full")]);
    expect(await plugin.call.add(1)).toBe(1);
  });

  test("a load whose start traps leaves nothing running", async () => {
    expect(await refused(load(Counter, await guest("trap-in-start")))).toBe(
      "[failed-start] counter 1.0.0: its start failed: start broke",
    );
    expect(await refused(load(Counter, await guest("trap-in-top-level")))).toBe(
      "[failed-start] counter 1.0.0: its start failed: the top level broke",
    );
    expect(await refused(load(Counter, await guest("trap-in-check-state")))).toBe(
      "[failed-check] counter 1.0.0: its check of the state failed: checkState broke",
    );
  });
});
