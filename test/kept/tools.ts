/** What compiles guests here: the compiler, the transform with all that it imports, and the guest library. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digest } from "./store.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Their digest: of every source in `abi/`, of `guest.ts`, and of the compiler's version. */
export function toolsOf(root: string): string {
  const sources = readdirSync(join(root, "abi"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => join("abi", name));
  const compiler = join("node_modules", "assemblyscript", "package.json");
  const parts = [...sources, "guest.ts", compiler].flatMap((path) => [
    path.replaceAll("\\", "/"),
    readFileSync(join(root, path)),
  ]);
  return digest(...parts);
}

let known: string | undefined;

/** Of this checkout, read once a process. */
export function tools(): string {
  known ??= toolsOf(ROOT);
  return known;
}
