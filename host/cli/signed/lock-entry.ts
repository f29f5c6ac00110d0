/** What a lock file says of one module, beside what it said before. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { identityOf, type Lock, type LockedModule, type PublicKey, verify } from "../../trust/mod.ts";
import type { SignedFile } from "../given/signed-file.ts";

export interface Entry {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly module: LockedModule;
  readonly state: "new" | "changed" | "same";
  /** What the file said, where it is another module now. */
  readonly was?: LockedModule;
}

export interface EntryOptions {
  readonly before: Lock;
  /** Keys of which one or more have to have signed it. */
  readonly keys: readonly PublicKey[];
  /** Without keys, signers that the lock names have to have signed it too. */
  readonly signers: boolean;
}

/** @throws PluginError `untrusted`, `bad-signature`, `invalid-module`, `bad-manifest` */
export async function entryOf(
  { file, bytes, signature }: SignedFile,
  { before, keys, signers }: EntryOptions,
): Promise<Entry> {
  const {
    name = basename(file).replace(/\.wasm$/i, ""),
    version = "0.0.0",
    permissions,
  } = identityOf(bytes, file);
  const versions = Object.hasOwn(before.modules, name) ? before.modules[name]! : {};
  const was = Object.hasOwn(versions, version) ? versions[version]! : undefined;
  const known = signers ? (was?.signers ?? []) : [];
  const all = { signature, from: file };
  const signed =
    keys.length > 0
      ? await verify(bytes, { keys, ...all })
      : known.length > 0
        ? await verify(bytes, { keys: known, require: "all", ...all })
        : [];
  const module: LockedModule = {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    permissions,
    signers: signed.map(({ publicKey }) => publicKey).sort(),
  };
  const same = was && JSON.stringify(sorted(was)) === JSON.stringify(sorted(module));
  if (!was) return { file, name, version, module, state: "new" };
  return same
    ? { file, name, version, module, state: "same" }
    : { file, name, version, module, state: "changed", was };
}

function sorted({ sha256, permissions, signers }: LockedModule) {
  return [sha256, [...permissions].sort(), [...signers].sort()];
}

/** The difference in words: what is another, is asked for besides, or is not any more. */
export function sayDifference({ module, was }: Entry): string {
  if (!was) return "";
  const parts: string[] = [];
  if (was.sha256 !== module.sha256)
    parts.push(`SHA-256 ${was.sha256.slice(0, 16)}… -> ${module.sha256.slice(0, 16)}…`);
  for (const [what, before, after] of [
    ["", was.permissions, module.permissions],
    ["signer ", was.signers, module.signers],
  ] as const) {
    parts.push(...after.filter((each) => !before.includes(each)).map((each) => `+ ${what}${each}`));
    parts.push(...before.filter((each) => !after.includes(each)).map((each) => `- ${what}${each}`));
  }
  return parts.join(", ");
}
