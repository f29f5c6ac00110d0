/** Where things lie in a fabric: the keys of its values, and the subjects of its calls. Plans alone need a history. */
import { NOW } from "../fabric/name.ts";

/**
 * A name as one token: letters, digits and `-` as they are, any other byte of its UTF-8 as `_` and two digits, so
 * that no two names have the same token.
 */
export function token(name: string): string {
  return name.replace(/[^A-Za-z0-9-]/gu, (char) =>
    Array.from(new TextEncoder().encode(char), (byte) => `_${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** The name that has the token. @returns nothing for what is none */
export function named(given: string): string | undefined {
  try {
    const name = decodeURIComponent(given.replaceAll("_", "%"));
    return token(name) === given ? name : undefined;
  } catch {
    return undefined;
  }
}

/** A version keeps its dots: `1.2.0-rc.1`. An empty part, which a version may have, becomes `_`. */
function parts(version: string): string {
  return version
    .split(".")
    .map((part) => token(part) || "_")
    .join(".");
}

export const RELEASES = "release.";
export const PLANS = "plan.";
export const ROLLOUTS = "rollout.";
export const NODES = `${NOW}node.`;
export const CALLERS = `${NOW}caller.`;
/** Of the node that looks after what is everybody's. */
export const STEWARD = `${NOW}steward`;

export function releasesKey(name: string): string {
  return `${RELEASES}${token(name)}.`;
}
export function releaseKey(name: string, version: string): string {
  return `${releasesKey(name)}${parts(version)}`;
}
export function planKey(name: string): string {
  return `${PLANS}${token(name)}`;
}
export function rolloutKey(name: string): string {
  return `${ROLLOUTS}${token(name)}`;
}
/** Of the controller that makes the steps of a plugin's rollouts. */
export function conductorKey(name: string): string {
  return `${NOW}conductor.${token(name)}`;
}
/** The last plan that all callers of a plugin know. */
export function knownKey(name: string): string {
  return `${NOW}known.${token(name)}`;
}
/** @param node letters and digits */
export function nodeKey(node: string): string {
  return `${NODES}${node}`;
}
export function callersKey(name: string): string {
  return `${CALLERS}${token(name)}.`;
}
export function callerKey(name: string, caller: string): string {
  return `${callersKey(name)}${caller}`;
}
/** Any node that serves the version. */
export function versionSubject(name: string, version: string): string {
  return `call.${token(name)}.${parts(version)}`;
}
/** The instance of one node. */
export function instanceSubject(node: string, name: string, version: string): string {
  return `on.${node}.${token(name)}.${parts(version)}`;
}
