/** Where keyed instances lie in a fabric: the record of each key, and the subject of each node. */
import { digestOf } from "../../abi/state/avro/digest.ts";
import { NOW } from "../fabric/name.ts";
import { misfit } from "../option.ts";
import { token } from "../release/address.ts";

/** UTF-16 units of a key. */
export const LONGEST = 1024;
/** Characters of a key's token; a longer one is the key's digest. */
const MOST = 128;

const OWNERS = `${NOW}own.`;
const NODES = `${NOW}keyed.`;
export const BEATS = `${NOW}beat.`;

/** @throws PluginError `argument` */
export function checkKey(key: unknown): asserts key is string {
  // A half of a pair has no UTF-8 of its own: two such keys would be one.
  if (typeof key !== "string" || key.length > LONGEST || /\p{Surrogate}/u.test(key))
    throw misfit(key, "a key", `a text of at most ${LONGEST} characters, such as the id of a user`);
}

/**
 * The record of a key. No two keys have the same: a token has two digits after each `_`, so neither `_` alone, for the
 * empty key, nor what begins with `_x` is another key's.
 */
export async function ownerKey(name: string, key: string): Promise<string> {
  const short = token(key) || "_";
  if (short.length <= MOST) return `${OWNERS}${token(name)}.${short}`;
  return `${OWNERS}${token(name)}._x${await digestOf(new TextEncoder().encode(key))}`;
}

/** The nodes that host a plugin's keys. */
export function nodesPrefix(name: string): string {
  return `${NODES}${token(name)}.`;
}

/** What a node says of itself when it comes. @param node letters and digits */
export function memberKey(name: string, node: string): string {
  return `${nodesPrefix(name)}${node}`;
}

/** What the nodes of a plugin renew. */
export function beatsPrefix(name: string): string {
  return `${BEATS}${token(name)}.`;
}

/** What one renews as long as it lives. @param node letters and digits */
export function beatKey(name: string, node: string): string {
  return `${beatsPrefix(name)}${node}`;
}

/** One node's own subject. @param node letters and digits */
export function nodeSubject(name: string, node: string): string {
  return `keyed.${token(name)}.${node}`;
}
