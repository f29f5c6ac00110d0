/** The versions of the log handler, built from `wasm-plugins/log-handler` when they are asked for. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "moult/transform";

export interface Version {
  readonly wasm: Uint8Array;
  readonly version: string;
}

const RELEASES: Readonly<Record<string, string>> = {
  v1: "1.0.0",
  v2: "2.0.0",
  v3: "3.0.0",
  "broken-restore": "3.1.0-broken.restore",
  "broken-forget": "3.1.0-broken.forget",
  "broken-trap": "3.1.0-broken.trap",
  live: "3.1.0-live",
};

/** The source file of a version. */
export function sourceOf(name: string): string {
  return join(projectRoot(), "wasm-plugins", "log-handler", `${name}.ts`);
}

export async function version(name: string): Promise<Version> {
  const known = RELEASES[name] ?? "0.0.0";
  const { wasm } = await build(sourceOf(name), { version: known });
  return { wasm, version: known };
}

function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "wasm-plugins"))) folder = dirname(folder);
  return folder;
}
