/** All bombs. A figure in what they end with is what was found, and the other one what is allowed. */

import type { Limits } from "../../host/limits.ts";
import { type JournalBounds, log, random } from "../../host/mod.ts";
import {
  type Any,
  assembled,
  type Bomb,
  CHECK,
  exported,
  LOG,
  LOGS,
  NEIGHBOUR,
  OPAQUE,
  RANDOM,
  RANDOMS,
  REALLOC,
  RESTORE,
  runs,
  SAVE,
  START,
  WRITE,
} from "./bomb.ts";

const MIB = 2 ** 20;
const ONE_PAGE = `(memory $m (export "memory") 1)`;
const FULL = `(memory $m (export "memory") 256)`;
const run = (plugin: Any) => plugin.call.run!();
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** What a host gives to those that it does not know. */
export const LIMITS: Limits = { fuel: 20_000_000, hookFuel: 20_000_000, memory: 16 * MIB };
export const GRANTS = [log(QUIET), random((bytes) => void bytes.fill(7))];

const posting = (bytes: number) => `${START} (loop $l
  (call $log (i32.const 0) (i32.const 0) (i32.const ${bytes})) (br $l)))`;
const writing = (further: string) => `${WRITE} (memory $m (export "memory") 17) ${RESTORE} ${REALLOC}
  ${SAVE} (loop $l (drop (call $write (i32.const 0) (i32.const 1048576))) ${further}) (i32.const 1))`;
/** Text at 16 of nearly all of a full memory, at `at` a pointer to it. */
const text = (at: number) => `(data (i32.const ${at}) "\\10\\00\\00\\00\\00\\00\\f0\\00")`;

/** It takes over from another one, on probation, and is called. @returns why it went back */
export async function onProbation(
  plugin: Any,
  bomb: Bomb,
  journal: JournalBounds = { bytes: MIB },
): Promise<unknown> {
  await plugin.swap(await assembled(bomb), {
    approve: () => true,
    reset: true,
    probation: { calls: 1_000, journal, whenFull: "rollback" },
  });
  for (let i = 0; i < 40; i++) await plugin.call.run!();
  const { code, message } = plugin.history().at(-1)!.cause!;
  throw new Error(`[${code}] ${message}`);
}

export const ASKING: Bomb = {
  name: "asking",
  fields: `${RANDOM} (memory $m (export "memory") 3) ${REALLOC} ${exported("run", "(result i32)")} (local $i i32) (loop $l
    (call $random (i64.const 65536) (i32.const 0))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2))))
    (i32.const 1))`,
  manifest: runs("u32", { imports: [RANDOMS], version: "1.1.0" }),
  ends: /never/,
};

/** The same with so many questions in one call. */
const asking = (count: number): Bomb => ({
  ...ASKING,
  fields: ASKING.fields.replace("(i32.const 2)", `(i32.const ${count})`),
});

export const BOMBS: readonly Bomb[] = [
  {
    name: "posts before it serves, of many bytes",
    fields: `${LOG} (memory $m (export "memory") 5) ${posting(262_144)}`,
    manifest: { imports: [LOGS] },
    ends: /^\[failed-start\] .*: found \d+ bytes in \d+ posts, wanted at most 16777216 \(the option heldPosts\.bytes\)/,
  },
  {
    name: "posts before it serves, very many",
    fields: `${LOG} ${ONE_PAGE} ${posting(0)}`,
    manifest: { imports: [LOGS] },
    options: { heldPosts: { count: 500 } },
    ends: /^\[failed-start\] .*: found 501 posts, wanted at most 500 \(the option heldPosts\.count\)/,
  },
  {
    name: "answers that are recorded, within one call",
    ...replacedBy(asking(400)),
    ends: /^\[journal-full\] .*it holds \d of 100,000 calls \(probation\.journal\.calls\) and [\d,]+ of 1,048,576 bytes \(probation\.journal\.bytes\)/,
  },
  {
    name: "answers that are recorded, over many calls",
    ...replacedBy(ASKING),
    ends: /^\[journal-full\] .*it holds \d of 100,000 calls \(probation\.journal\.calls\) and [\d,]+ of 1,048,576 bytes \(probation\.journal\.bytes\)/,
  },
  {
    name: "a state without end",
    fields: writing("(br $l)"),
    manifest: OPAQUE,
    options: { maxStateBytes: 8 * MIB },
    doing: (plugin) => plugin.snapshot(),
    ends: /^\[failed-save\] .*it used up the fuel of a hook, 20,000,000 units \(limits\.hookFuel\)/,
  },
  {
    name: "a state of too many bytes",
    fields: writing("(br_if $l (call $write (i32.const 0) (i32.const 1048576)))"),
    manifest: OPAQUE,
    options: { maxStateBytes: 8 * MIB },
    doing: (plugin) => plugin.snapshot(),
    ends: /^\[failed-save\] .*the state has 9437184 bytes or more; at most 8388608 are allowed \(maxStateBytes\)/,
  },
  {
    name: "a complaint of many bytes",
    fields: `${WRITE} ${FULL} ${text(0)} (data (i32.const 16) "AAAA") (data (i32.const 8) "\\10\\00\\00\\00\\00\\00\\f0\\00")
      ${RESTORE} ${REALLOC} ${SAVE} (i32.const 1)) ${CHECK} (i32.const 8))`,
    manifest: OPAQUE,
    doing: async (plugin, bomb) => {
      const other = await assembled(bomb);
      for (let i = 0; i < 20; i++) await plugin.swap(other).catch(() => {});
      await plugin.swap(other);
    },
    ends: /^\[failed-check\] .*finds its state wrong: AAAA.*characters left out/,
  },
  {
    name: "an answer of many bytes",
    fields: `${FULL} ${text(0)} ${exported("run", "(result i32)")} (i32.const 0))`,
    manifest: runs("string"),
    options: { maxValueBytes: 8 * MIB },
    doing: run,
    ends: /^\[trapped\] .*the value would take 15728640 bytes or more of the host's memory; at most 8388608 are allowed \(maxValueBytes\)/,
  },
  {
    name: "lists of one list",
    fields: `${FULL} ${exported("run", "(result i32)")} (local $at i32) (loop $l
      (i32.store offset=16 (local.get $at) (i32.const 1000000))
      (i32.store offset=20 (local.get $at) (i32.const 100000))
      (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 800000))))
      (i32.store (i32.const 8) (i32.const 16)) (i32.store (i32.const 12) (i32.const 100000)) (i32.const 8))`,
    manifest: runs({ list: { list: "u32" } }),
    options: { maxValueBytes: 8 * MIB },
    doing: run,
    ends: /^\[trapped\] .*the value would take \d+ bytes or more of the host's memory; at most 8388608 are allowed \(maxValueBytes\)/,
  },
  {
    name: "an err of many bytes",
    fields: `${FULL} (data (i32.const 0) "\\01\\00\\00\\00\\10\\00\\00\\00\\00\\00\\f0\\00")
      ${exported("run", "(result i32)")} (i32.const 0))`,
    manifest: runs({ result: { err: "string" } }),
    doing: run,
    ends: /^\[guest-error\] .*characters left out/,
    // The payload is the caller's.
    budget: 192,
  },
  {
    name: "questions of many bytes",
    fields: `${LOG} ${FULL} ${exported("run")} (loop $l
      (call $log (i32.const 1) (i32.const 0) (i32.const 16000000)) (br $l)))`,
    manifest: runs(undefined, { imports: [LOGS] }),
    options: { maxValueBytes: 8 * MIB },
    doing: run,
    ends: /^\[trapped\] .*the value would take 16000000 bytes or more of the host's memory; at most 8388608 are allowed \(maxValueBytes\)/,
  },
  {
    name: "an answer of more than there is",
    fields: `${ONE_PAGE} (data (i32.const 0) "\\10\\00\\00\\00\\ff\\ff\\ff\\0f")
      ${exported("run", "(result i32)")} (i32.const 0))`,
    manifest: runs({ list: "u8" }),
    doing: run,
    ends: /^\[trapped\] .*a list at 16 with 268435455 bytes lies outside the memory of 65536 bytes/,
  },
  {
    name: "memory for arguments that lies nowhere",
    fields: `${ONE_PAGE} (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const -8))
      ${exported("run", "(param i32 i32)")})`,
    manifest: runs(undefined, {
      exports: [{ name: "run", params: [{ name: "a", type: "string" }] }],
    }),
    doing: (plugin) => plugin.call.run!("x".repeat(1_000)),
    ends: /^\[trapped\] .*cabi_realloc's answer at 4294967288 with 1000 bytes lies outside the memory of 65536 bytes/,
  },
  {
    name: "a hundred thousand exports",
    fields: `${ONE_PAGE} (func $f) ${Array.from({ length: 100_001 }, (_, i) => `(export "f${i}" (func $f))`).join("")}`,
    ends: /^\[invalid-module\] .*(100003|100000)/,
  },
  {
    name: "a manifest of a hundred thousand functions",
    fields: ONE_PAGE,
    manifest: runs(undefined, {
      exports: Array.from({ length: 100_000 }, (_, i) => ({ name: `f${i}`, params: [] })),
    }),
    ends: /^\[bad-manifest\] .*the manifest has \d+ bytes; at most 1048576 are read/,
  },
  {
    name: "a manifest of functions that are not there",
    fields: ONE_PAGE,
    manifest: runs(undefined, {
      exports: Array.from({ length: 30_000 }, (_, i) => ({ name: `f${i}`, params: [] })),
    }),
    ends: /^\[mismatch\] .*it has no export test:adversary\/bomb@1\.0\.0#f0/,
  },
  {
    name: "a recursion without end",
    fields: `${ONE_PAGE} (func $f (param i64 i64 i64 i64)
      (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3))
      (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
      ${exported("run")} (call $f (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))`,
    doing: run,
    ends: /^\[trapped\] .*(call stack|recursion|stack overflow|out-of-fuel)/i,
  },
  {
    name: "all memory that there is",
    fields: `${ONE_PAGE} ${exported("run")} (loop $l
      (if (i32.lt_s (memory.grow (i32.const 16)) (i32.const 0)) (then (unreachable)))
      (memory.fill (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1048576))
        (i32.const 1) (i32.const 1048576)) (br $l)))`,
    doing: run,
    ends: /^\[trapped\] .*it has 15\.0625 of at most 16 MiB of memory \(limits\.memory\)/,
  },
  {
    name: "a memory of 4 GiB to begin with",
    fields: `(memory $m (export "memory") 65536) ${exported("run")})`,
    ends: /^\[too-large\] .*it begins with 4096 MiB of memory, and limits\.memory allows 16 MiB/,
  },
  {
    name: "an imported memory of 4 GiB to begin with",
    fields: `(import "env" "memory" (memory $m 65536)) (export "memory" (memory $m)) ${exported("run")})`,
    manifest: runs(undefined, { memory: { initial: 65_536 } }),
    ends: /^\[too-large\] .*it begins with 4096 MiB of memory, and limits\.memory allows 16 MiB/,
  },
  {
    name: "a table that grows",
    fields: `${ONE_PAGE} (table $t 1 funcref) ${exported("run")} (loop $l
      (if (i32.lt_s (table.grow $t (ref.null func) (i32.const 100000)) (i32.const 0)) (then (unreachable)))
      (br $l)))`,
    doing: run,
    ends: /^\[trapped\] .*unreachable/,
  },
  {
    name: "many tables",
    fields: `${ONE_PAGE} ${"(table 9999999 funcref)".repeat(40)} ${exported("run")})`,
    ends: /^\[too-large\] .*its tables begin with 399999960 elements, and limits\.memory allows 262144, of 64 bytes each/,
  },
  {
    name: "a start section",
    fields: `${ONE_PAGE} (func $f (loop $l (br $l))) (start $f) ${exported("run")})`,
    ends: /^\[mismatch\] .*it has a start section, which runs when it is instantiated/,
  },
  {
    name: "a name with control characters",
    fields: ONE_PAGE,
    manifest: { name: "evil\u001b[31m\nname" },
    ends: /^\[bad-manifest\] .*wanted a line of text without control characters/,
  },
  {
    name: "an import with control characters",
    fields: `(import "evil\\1b[31m\\0a" "x" (func)) ${ONE_PAGE}`,
    ends: /^\[missing-grant\] .*evil\\u\{1b\}\[31m\\n\.x/,
  },
  {
    name: "an abort with a message that is all memory",
    fields: `(import "env" "abort" (func $abort (param i32 i32 i32 i32))) ${FULL}
      ${exported("run")} (i32.store (i32.const 0) (i32.const 16000000))
      (call $abort (i32.const 4) (i32.const 4) (i32.const -1) (i32.const -1)))`,
    doing: run,
    ends: /^\[trapped\] .*characters left out/,
  },
  {
    name: "a loop without end",
    fields: `${ONE_PAGE} ${exported("run")} (loop $l (br $l)))`,
    doing: run,
    ends: /^\[out-of-fuel\] .*it used up the fuel of a call, 20,000,000 units \(limits\.fuel\)/,
  },
];

/** A neighbour that the bomb takes over from. */
function replacedBy(bomb: Bomb): Omit<Bomb, "name" | "ends"> {
  const { fields, manifest = {} } = NEIGHBOUR;
  return { fields, manifest, doing: (plugin) => onProbation(plugin, bomb) };
}
