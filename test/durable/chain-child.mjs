/**
 * A program with a chain, to be killed: `node chain-child.mjs <folder> <wasm> <version> <writes>`. Prints what the chain is when it
 * comes back, or why it does not, and then one line for each link that it acknowledged. The desk's book is a file. The version
 * says which functions there are; before one more than so many writes while it starts it kills itself.
 */
import fs, { appendFileSync, readFileSync, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { capability, contract, load } from "moult";
import { directoryStore } from "moult/node";
import { z } from "zod";

const [folder, wasm, version, writes] = process.argv.slice(2);
const number = z.uint32();
const link = { params: [number], returns: number };
const none = { params: [], returns: number };
const stamps = version !== "three";
const Chain = contract("test:chain/chain@1", {
  ...{ link, count: none, hash: none },
  ...(stamps && { stamped: link }),
});
const desk = capability(
  "test:chain/desk@1",
  { rate: { ...none, kind: "read" }, stamp: { params: [number], returns: number, kind: "effect" } },
  ({ callId }) => ({
    rate: () => 1,
    stamp(n) {
      appendFileSync(join(folder, "..", "book"), `${callId()}\n`);
      return 3 * n;
    },
  }),
);

let left = Number(writes ?? Number.POSITIVE_INFINITY);
/** At once: what was said was acknowledged. */
const say = (
  (write) => (what) =>
    void write(1, `${JSON.stringify(what)}\n`)
)(writeSync);
for (const name of [
  "openSync",
  "writeSync",
  "fdatasyncSync",
  "fsyncSync",
  "ftruncateSync",
  "renameSync",
  "rmSync",
]) {
  const work = fs[name];
  fs[name] = (...args) => {
    if (left-- <= 0) process.kill(process.pid, "SIGKILL");
    return work(...args);
  };
}
syncBuiltinESMExports();

const store = directoryStore(folder, { checkpoint: { calls: 25 } });
const module = readFileSync(wasm);
let chain;
try {
  chain = await load(Chain, module, { grant: [desk], store });
} catch (error) {
  say({ refused: error.code });
  process.exit();
}
left = Number.POSITIVE_INFINITY;
const { call, callSync } = chain;
const { generation, recovered } = chain;
say({ count: callSync.count(), hash: callSync.hash(), version: chain.version, generation, recovered });
for (let n = callSync.count() + 1; ; n++) {
  if (stamps && n % 3 === 0) say({ n, hash: await call.stamped(n) });
  else say({ n, hash: n % 2 ? await call.link(n) : callSync.link(n) });
}
