/** Trust: whose signatures a plugin's modules have to have. */
import type { Awaitable } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import { isGroup, misfit } from "../option.ts";
import { type Key, type PublicKey, publicKey, unusable } from "./public-key.ts";

/** Whose signatures a plugin's modules have to have: that of `load`, and every one that takes its place. */
export interface Trust {
  /**
   * The public keys that are trusted; for a change of keys, the old and the new one. A function is asked at
   * each load and swap.
   */
  readonly keys: readonly PublicKey[] | (() => Awaitable<readonly PublicKey[]>);
  /** How many of the keys have to have signed. @default 1 */
  readonly require?: number | "all";
}

/** What is asked of one module. */
export interface Demanded {
  readonly keys: readonly Key[];
  /** How many of them. */
  readonly count: number;
}

const NAMES = ["keys", "require"] as const satisfies readonly (keyof Trust)[];
const MOST_KEYS = 64;

/**
 * The same, which its caller cannot change any more.
 * @throws PluginError `argument`
 */
export function ownTrust(given: Trust): Trust {
  if (!isGroup(given)) throw misfit(given, "trust", "an object with keys, or undefined");
  const stranger = Object.keys(given).find((name) => !NAMES.some((known) => known === name));
  if (stranger !== undefined) throw misfit(stranger, "trust", `${NAMES.join(", ")} and nothing else`);
  const { keys, require = 1 } = given;
  if (require !== "all" && !(Number.isInteger(require) && require >= 1))
    throw misfit(require, "trust.require", 'a number of keys from 1 up, or "all"');
  if (typeof keys === "function") return { keys, require };
  if (!Array.isArray(keys)) throw noKeys(keys, "a list of public keys, or a function");
  return { keys: keys.map((key) => (key instanceof Uint8Array ? key.slice() : key)), require };
}

/** @throws PluginError `argument`; `untrusted` when the function of the keys throws */
export async function demandedBy({ keys, require = 1 }: Trust): Promise<Demanded> {
  const given = typeof keys === "function" ? await asked(keys) : keys;
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_KEYS)
    throw noKeys(given, `a list of 1 to ${MOST_KEYS} public keys`);
  const found = await Promise.all(given.map((key: unknown, i) => publicKey(key, `trust.keys[${i}]`)));
  // A key that is given twice is one.
  const distinct = [...new Map(found.map((key) => [key.bytes.join(), key])).values()];
  const count = require === "all" ? distinct.length : require;
  if (count > distinct.length)
    throw misfit(count, "trust.require", `at most the number of different keys, which is ${distinct.length}`);
  return { keys: distinct, count };
}

/** Says nothing of a text: it may be a private key by mistake. */
function noKeys(found: unknown, wanted: string): PluginError {
  if (typeof found !== "string") return misfit(found, "trust.keys", wanted);
  return unusable("trust.keys", `a text of ${found.length} characters`, wanted);
}

async function asked(keys: () => Awaitable<readonly PublicKey[]>): Promise<readonly PublicKey[]> {
  try {
    return await keys();
  } catch (cause) {
    const why = `trust.keys threw: ${reason(cause)}`;
    throw new PluginError("untrusted", `could not check signatures: ${why}`, { cause });
  }
}
