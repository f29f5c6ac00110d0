/** A program in a sandbox, on the built moult: `node sandbox-child.mjs <folder>`. It ends without letting go of its store. */
import { directoryStore } from "moult/node";

const store = directoryStore(process.argv[2]);
await store.open();
const kept = await store.read();
if (!kept) store.begin(Buffer.from("snapshot"), Buffer.from("head"));
store.append([Buffer.from("record")]);
console.log(JSON.stringify({ before: kept ? [...kept.records].length : 0, warnings: store.warnings }));
process.exit();
