/** The versions of the log handler, built from `wasm-plugins/log-handler` at their first use. */
import { join } from "node:path";
import { kept, projectRoot } from "./kept.ts";

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

/** The release that a version is built as. */
export function releaseOf(name: string): string {
  return RELEASES[name] ?? "0.0.0";
}

/** @param onBuild called with the version, if it has to be built */
export async function version(name: string, onBuild: (version: string) => void): Promise<Version> {
  const known = releaseOf(name);
  const wasm = await kept(sourceOf(name), { version: known, onBuild: () => onBuild(known) });
  return { wasm, version: known };
}
