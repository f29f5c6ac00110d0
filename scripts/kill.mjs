/**
 * Kills a program with a durable plugin at random points, again and again, and looks whether an acknowledged call was lost.
 *
 *     npm run kill -- [--kills 1000] [--fsync always|interval|never] [--seed n] [--json]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "moult/transform";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "1000" },
    fsync: { type: "string", default: "always" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    json: { type: "boolean", default: false },
  },
});
const kills = Number(values.kills);
const random = mulberry(Number(values.seed));
const CHILD = fileURLToPath(new URL("kill-child.mjs", import.meta.url));

const work = mkdtempSync(join(tmpdir(), "moult-kill-"));
const [wasm, folder, book] = ["account.wasm", "store", "book"].map((name) => join(work, name));
const source = new URL("../test/guests/durable/account.ts", import.meta.url);
writeFileSync(wasm, (await build(source)).wasm);

const total = { acknowledged: 0, unanswered: 0, lost: 0, doubled: 0, starting: 0, again: 0, torn: 0 };
const BOOKING = 1_000_000_000n;
/** What was acknowledged last: nothing less may come back. */
let last = { calls: 0, sum: 0n };
const began = performance.now();
for (let n = 1; n <= kills; n++) {
  await once();
  if (!values.json) progress(n);
}
await once(60_000);
const bookings = existsSync(book) ? readFileSync(book, "utf8").trimEnd().split("\n") : [];
const distinct = new Set(bookings).size;
const inState = Number(last.sum / BOOKING);
// The very last booking may be performed, and its call not acknowledged.
const unbooked = Math.max(0, inState - distinct);
const doubtful = distinct - inState;
rmSync(work, { recursive: true });

const summary = {
  kills,
  seed: Number(values.seed),
  fsync: values.fsync,
  acknowledged: total.acknowledged,
  lost: total.lost,
  doubled: total.doubled,
  loggedAndNotAcknowledged: total.unanswered,
  killedWhileStarting: total.starting,
  ranAgain: total.again,
  tornBytes: total.torn,
  bookings: inState,
  bookingsPerformedAgain: bookings.length - distinct,
  bookingsMissing: unbooked,
  seconds: Math.round((performance.now() - began) / 1000),
};
const bad = total.lost + total.doubled + unbooked + (doubtful > 1 ? 1 : 0);
if (values.json) console.log(JSON.stringify(summary));
else {
  process.stderr.write("\n");
  console.table(summary);
  console.log(
    `${kills} kill -9 at random points: ${total.acknowledged} acknowledged calls, ${total.lost} lost, ${total.doubled} done twice`,
  );
}
process.exitCode = bad > 0 ? 1 : 0;

/** Starts the program, looks at what came back, and kills it: while it starts (one time in four), or while it works. */
async function once(most = 120) {
  const child = spawn(process.execPath, [CHILD, wasm, folder, values.fsync], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  let timer = most === 120 && random() < 0.25 ? setTimeout(kill, 40 + random() * 160) : undefined;
  let [rest, said, ready] = ["", "", false];
  let after = 0;
  child.stderr.on("data", (data) => {
    said += data;
  });
  child.stdout.on("data", (data) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const told = JSON.parse(line);
      if (told.ready === undefined) {
        const sum = told.sum === undefined ? last.sum + BOOKING : BigInt(told.sum);
        last = { calls: last.calls + 1, sum };
        total.acknowledged++;
        if (most !== 120 && ++after === 30) kill();
        continue;
      }
      ready = true;
      look(told);
      timer ??= most === 120 ? setTimeout(kill, random() * most) : undefined;
    }
  });
  await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  if (!ready) total.starting++;
  if (said !== "") {
    console.error(said);
    throw new Error("the program ended by itself");
  }
}

function look({ ready, sum, again, torn }) {
  const more = ready - last.calls;
  if (more < 0 || (more === 0 && BigInt(sum) !== last.sum)) total.lost++;
  // One call may have been logged and not acknowledged.
  else if (more > 1) total.doubled++;
  else if (more === 1) total.unanswered++;
  total.again += again;
  total.torn += torn;
  last = { calls: ready, sum: BigInt(sum) };
}

function progress(n) {
  const width = 30;
  const done = Math.round((n / kills) * width);
  const bar = `${"#".repeat(done)}${".".repeat(width - done)}`;
  process.stderr.write(`\r${bar} ${n}/${kills} kills, ${total.acknowledged} calls, ${total.lost} lost `);
}

function mulberry(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
