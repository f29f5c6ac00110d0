/**
 * A program that hardens its own realm first: `node --frozen-intrinsics frozen-child.mjs <module.wasm>`. Prints what its
 * plugin answered.
 */
import { readFileSync } from "node:fs";
import { capability, contract, load, wit } from "moult";
import { z } from "zod";

const Run = contract("test:node/run@1", {
  ask: { params: [z.string()], returns: z.string() },
  check: { params: [], returns: wit.result(z.uint32(), z.string()) },
});
const words = capability(
  "test:node/words@1.0.0",
  {
    find: { params: [z.string()], returns: z.string(), kind: "read", fails: true },
    tell: { params: [z.string()], kind: "post" },
  },
  ({ signal, callId }) => {
    signal.addEventListener("abort", () => console.log("put away"));
    return {
      find: (word) => {
        if (word === "") throw new Error("no word");
        return `${word} ${callId().length > 10}`;
      },
      tell: (line) => console.log(line),
    };
  },
);

console.log(Object.isFrozen(Array.prototype));
const bytes = readFileSync(process.argv[2]);
const plugin = await load(Run, bytes, { grant: [words] });
console.log(await plugin.call.ask("hello"), await plugin.call.ask(""));
await plugin.swap(bytes, { verify: async (twin) => (await twin.call.ask("a")) === "a true" });
console.log(plugin.generation, await plugin.call.check().catch(({ code, payload }) => `${code}: ${payload}`));
await plugin.close();
