/**
 * A program with a durable plugin, to be killed: `node kill-child.mjs <wasm> <folder> <fsync>`. Prints the
 * plugin's state after the recovery, then one line for each acknowledged call. The bank's book is a file.
 */
import { appendFileSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { capability, contract, load } from "moult";
import { directoryStore } from "moult/node";
import { z } from "zod";

const [wasm, folder, fsync] = process.argv.slice(2);
const Account = contract("test:bank/account@1", {
  add: { params: [z.uint32()], returns: z.uint64() },
  exchange: { params: [z.uint32()], returns: z.uint64() },
  book: { params: [z.uint32()], returns: z.uint32() },
  calls: { params: [], returns: z.uint32() },
  sum: { params: [], returns: z.uint64() },
});
const bank = capability(
  "test:bank/ledger@1",
  {
    rate: { params: [], returns: z.uint32(), kind: "read" },
    book: { params: [z.uint32()], returns: z.uint32(), kind: "effect" },
    note: { params: [z.string()], kind: "post" },
  },
  ({ callId }) => ({
    rate: () => 1 + Math.floor(Math.random() * 3),
    book: () => {
      appendFileSync(join(folder, "..", "book"), `${callId()}\n`);
      return Math.floor(Math.random() * 1_000);
    },
    note: () => {},
  }),
);

const account = await load(Account, readFileSync(wasm), {
  grant: [bank],
  store: directoryStore(folder, { fsync, checkpoint: { calls: 40 } }),
});
const { callSync } = account;
const recovered = account.recovered ?? { calls: 0, torn: 0 };
say({ ready: callSync.calls(), sum: String(callSync.sum()), again: recovered.calls, torn: recovered.torn });
for (let n = 0; ; n++) {
  if (n % 3 === 0) say({ sum: String(callSync.add(1)) });
  else if (n % 3 === 1) say({ sum: String(await account.call.exchange(100)) });
  else say({ booked: await account.call.book(1_000_000_000) });
}

/** Written synchronously, so that a printed call was acknowledged. */
function say(what) {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
