/** Modules that the compiler makes of texts and nothing else, each compiled once. */
import { ordered } from "./compile-client.ts";
import type { PlainTold } from "./orders.ts";
import { type PlainBuild, type PlainBuilt, plainBuild } from "./plain-build.ts";
import { digest, keptIn, read, write } from "./store.ts";
import { tools } from "./tools.ts";

/** The digest of all texts and options decides, with the compiler and `abi/`. */
export async function plainBytes(wanted: PlainBuild): Promise<PlainBuilt> {
  const folder = keptIn();
  if (folder === undefined) return plainBuild(wanted);
  const key = tools().slice(0, 32) + digest(JSON.stringify(wanted));
  const [kept] = read(folder, key) as PlainTold[];
  if (kept !== undefined) return unpacked(kept);
  const told = (await ordered({ plain: wanted })) as PlainTold | null;
  const made = told === null ? await plainBuild(wanted) : unpacked(told);
  write(
    folder,
    key,
    "plain",
    told ?? { ...made, wasm: made.wasm && Buffer.from(made.wasm).toString("base64") },
  );
  return made;
}

function unpacked({ wasm, messages }: PlainTold): PlainBuilt {
  return { wasm: wasm === undefined ? undefined : new Uint8Array(Buffer.from(wasm, "base64")), messages };
}
