/** Names of interfaces, with their versions: `demo:logs/handler@1.2.3`. */
import { describe } from "../../abi/canonical/memory.ts";
import { servesVersion } from "../../abi/interface-version.ts";
import { PluginError } from "../errors.ts";

export interface InterfaceName {
  /** `demo:logs/handler` */
  readonly path: string;
  /** One to three numbers: `1` and `1.2` stand for every version that begins with them. */
  readonly version: readonly number[];
  readonly text: string;
}

/**
 * @param text anything that a caller without a type checker passes as a name
 * @param owner what the name belongs to, or the word before a name that belongs to itself
 * @throws PluginError `bad-contract` naming the owner
 */
export function parseInterface(
  text: string,
  owner: "contract" | "capability" | (string & {}),
): InterfaceName {
  const own = owner === "contract" || owner === "capability";
  if (typeof text !== "string") throw unusable(`a ${owner}`, describe(text));
  const match = /^([a-z][a-z0-9-]*:[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*)@(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(
    text,
  );
  if (!match) {
    throw unusable(own ? `${owner} ${text}` : owner, `the interface "${text}"`);
  }
  const version = match.slice(2).flatMap((part) => (part === undefined ? [] : [Number(part)]));
  return { path: match[1] as string, version, text };
}

function unusable(owner: string, found: string): PluginError {
  return new PluginError(
    "bad-contract",
    `could not use ${owner}: found ${found}, wanted one like "demo:logs/handler@1" or "demo:logs/handler@1.2.0"`,
  );
}

/**
 * Whether the interface `offered` can serve a user of `wanted`: both have the same path and the same major
 * version (below 1.0.0 the same minor version), and `offered` is not older. A version with parts left out
 * stands for every version that begins with them.
 */
export function serves(offered: InterfaceName, wanted: InterfaceName): boolean {
  return offered.path === wanted.path && servesVersion(offered.version, wanted.version);
}
