/**
 * A program that is told to stop: `node stop-child.mjs <folder> <v1.wasm> <v2.wasm> <where>`. Callers wait and a swap is
 * under way, held at `where`; it prints a line when all is so, and one for each answer. What held it lets go when a caller
 * was told that the plugin is closed.
 */
import { readFileSync, writeSync } from "node:fs";
import { load } from "moult";
import { closeOnSignal, directoryStore } from "moult/node";

const [folder, first, second, where] = process.argv.slice(2);
const files = directoryStore(folder, { fsync: "never" });
let [release, reached] = [() => {}, () => {}];
const released = new Promise((resolve) => {
  release = resolve;
});
const there = new Promise((resolve) => {
  reached = resolve;
});
/** Nothing goes on here until a caller was told, or ever where the process has to end without. */
const hold = () => {
  reached();
  return where.startsWith("for ever") ? new Promise(() => {}) : released;
};

let holding;
/** What answers later, as IndexedDB does. */
const slow = {
  name: "a slow store",
  synchronous: false,
  open: async () => files.open(),
  read: async () => files.read(),
  append: async (records) => {
    if (holding === "append") await hold();
    return files.append(records);
  },
  begin: async (...both) => {
    if (holding === "begin") await hold();
    return files.begin(...both);
  },
  close: async () => files.close(),
};

const counter = await load(readFileSync(first), { store: slow });
const other = await load(readFileSync(first), { store: directoryStore(`${folder}-2`, { fsync: "never" }) });
counter.on("close", () => say("counter", "closed"));
other.on("close", () => say("other", "closed"));
const strange = { name: "a\u001b[31m\u009b0m", close: () => Promise.reject(new Error("no\n")) };
const plugins = new Set(where === "strange" ? [strange, counter] : [counter]);
closeOnSignal(plugins, { within: where === "for ever, and not long" ? 50 : 60_000 });
plugins.add(other);
if (where === "beside a listener") {
  process.on("SIGTERM", () => {});
  other.on("close", () => {
    process.exitCode = 7;
  });
}
await counter.call.add(5);
await other.call.add(7);

const tell = (name, work) =>
  work.then(
    (answer) => say(name, typeof answer === "object" ? answer.outcome : answer),
    (error) => {
      say(name, error.code);
      if (error.code === "closed") release();
    },
  );
const swap = (options) => tell("swap", counter.swap(readFileSync(second), options));
if (where === "verify") {
  swap({ verify: hold });
  await there;
  // Somebody waits for the plugin to be closed, since nobody waits for the swap.
  counter.on("close", release);
} else if (where === "cutover") {
  holding = "begin";
  swap();
  await there;
  for (const n of [1, 2, 3]) tell(`add ${n}`, counter.call.add(n));
} else if (where !== "strange") {
  const verify = () => {
    holding = "append";
    tell("inside", counter.call.add(10));
  };
  swap({ verify, drain: 600_000 });
  await there;
  // Whatever comes without the event loop has come: the swap waits for the call inside.
  await new Promise(setImmediate);
  for (const n of [1, 2, 3]) tell(`add ${n}`, counter.call.add(n));
}
holding = undefined;
say("ready", where);
// Whatever keeps a program alive.
const alive = setInterval(() => {}, 1_000);
if (where === "beside a listener") other.on("close", () => clearInterval(alive));

function say(name, what) {
  writeSync(1, `${JSON.stringify([name, what])}\n`);
}
