/**
 * What is known of a module apart from its code. Contracts, errors and records need no more than this,
 * wherever the module runs.
 */
import type { Manifest } from "../../abi/manifest.ts";
import { printable } from "../../abi/printable.ts";
import type { VersionRecord } from "../transition.ts";

export interface ModuleInfo {
  readonly manifest: Manifest;
  /** Whether the manifest has the types of the exports; without them, callers need a contract. */
  readonly typed: boolean;
  /** The SHA-256 of the bytes in hexadecimal; unknown for modules that came compiled. */
  readonly digest: string | undefined;
  /** Where it came from, for messages. */
  readonly from: string;
  /** What the module cannot do, and what cannot be found out about it, for people. */
  readonly warnings: readonly string[];
}

export function versionOf(
  {
    manifest,
    digest,
    place,
  }: Pick<ModuleInfo, "manifest" | "digest"> & { readonly place?: string | undefined },
  generation: number,
): VersionRecord {
  return { generation, version: manifest.version, digest, ...(place !== undefined && { place }) };
}

/** `log-handler 1.2.0`, for messages. */
export function title({ manifest }: Pick<ModuleInfo, "manifest">): string {
  return printable(`${manifest.name} ${manifest.version}`);
}
