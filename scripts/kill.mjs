/**
 * Kills a program with a durable plugin at random points, again and again, and checks that no acknowledged
 * call was lost.
 *
 *     npm run kill -- [--kills 1000] [--jobs 2] [--fsync always|interval|never] [--seed n] [--json]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "moult/transform";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "1000" },
    jobs: { type: "string", default: "2" },
    fsync: { type: "string", default: "always" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    json: { type: "boolean", default: false },
  },
});
const kills = Number(values.kills);
const random = mulberry(Number(values.seed));
const CHILD = fileURLToPath(new URL("kill-child.mjs", import.meta.url));

const work = mkdtempSync(join(tmpdir(), "moult-kill-"));
const wasm = join(work, "account.wasm");
const source = new URL("../test/guests/durable/account.ts", import.meta.url);
writeFileSync(wasm, (await build(source)).wasm);

const BOOKING = 1_000_000_000n;
const total = {
  acknowledged: 0,
  lost: 0,
  doubled: 0,
  loggedAndNotAcknowledged: 0,
  killedWhileStarting: 0,
  ranAgain: 0,
  tornBytes: 0,
  bookings: 0,
  bookingsPerformedAgain: 0,
  bookingsMissing: 0,
  bookingsTooMany: 0,
};
const began = performance.now();
let left = kills;
await Promise.all(Array.from({ length: Number(values.jobs) }, (_, i) => job(join(work, String(i)))));
rmSync(work, { recursive: true });

const seconds = Math.round((performance.now() - began) / 1000);
const summary = { kills, seed: Number(values.seed), fsync: values.fsync, ...total, seconds };
if (values.json) console.log(JSON.stringify(summary));
else {
  process.stderr.write("\n");
  console.table(summary);
  console.log(
    `${kills} kill -9 at random points: ${total.acknowledged} acknowledged calls, ${total.lost} lost, ${total.doubled} done twice`,
  );
}
const { lost, doubled, bookingsMissing, bookingsTooMany } = total;
process.exitCode = lost + doubled + bookingsMissing + bookingsTooMany > 0 ? 1 : 0;

/** A job's share of the kills, on a store of its own, and a last start to check the state. */
async function job(folder) {
  mkdirSync(folder);
  const at = { folder, calls: 0, sum: 0n, starting: 200 };
  while (left > 0) {
    left--;
    await once(at);
    if (!values.json) progress();
  }
  await once(at, { last: true });
  const book = join(folder, "book");
  const bookings = existsSync(book) ? readFileSync(book, "utf8").trimEnd().split("\n") : [];
  const distinct = new Set(bookings).size;
  const inState = Number(at.sum / BOOKING);
  total.bookings += inState;
  total.bookingsPerformedAgain += bookings.length - distinct;
  total.bookingsMissing += Math.max(0, inState - distinct);
  // The very last booking may have been made without its call being acknowledged.
  total.bookingsTooMany += Math.max(0, distinct - inState - 1);
}

/**
 * Starts the program, checks what came back, and kills it: while it starts (one time in four), or while it
 * works.
 */
async function once(at, { last = false } = {}) {
  const args = [CHILD, wasm, join(at.folder, "store"), values.fsync];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  let timer = !last && random() < 0.25 ? setTimeout(kill, random() * at.starting) : undefined;
  const from = performance.now();
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
        at.sum = told.sum === undefined ? at.sum + BOOKING : BigInt(told.sum);
        at.calls++;
        total.acknowledged++;
        if (last && ++after === 30) kill();
        continue;
      }
      ready = true;
      at.starting = performance.now() - from;
      look(at, told);
      if (!last) timer ??= setTimeout(kill, random() * 120);
    }
  });
  await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  if (!ready) total.killedWhileStarting++;
  if (said !== "") throw new Error(`the program ended by itself: ${said}`);
}

function look(at, { ready, sum, again, torn }) {
  const more = ready - at.calls;
  if (more < 0 || (more === 0 && BigInt(sum) !== at.sum)) total.lost++;
  // One call may have been logged and not acknowledged.
  else if (more > 1) total.doubled++;
  else if (more === 1) total.loggedAndNotAcknowledged++;
  total.ranAgain += again;
  total.tornBytes += torn;
  Object.assign(at, { calls: ready, sum: BigInt(sum) });
}

function progress() {
  const width = 30;
  const done = Math.round(((kills - left) / kills) * width);
  const bar = `${"#".repeat(done)}${".".repeat(width - done)}`;
  process.stderr.write(
    `\r${bar} ${kills - left}/${kills} kills, ${total.acknowledged} calls, ${total.lost} lost `,
  );
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
