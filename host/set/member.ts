/** Members: plugins of a set that were read and compiled, and have not begun. */
import type { Manifest } from "../../abi/manifest.ts";
import type { Content } from "../assemble.ts";
import { parseInterface, serves } from "../contract/interface.ts";
import type { Grant } from "../grant/capability.ts";
import { title } from "../module/info.ts";
import type { PluginEntry } from "./plugin-entry.ts";

export type Import = Manifest["imports"][number];

export interface Member {
  readonly entry: PluginEntry;
  readonly content: Content;
  /** What the embedder granted it by hand. */
  readonly grants: readonly Grant[];
}

export function manifestOf({ content }: Member): Manifest {
  return content.module.manifest;
}

export function titleOf({ content }: Member): string {
  return title(content.module);
}

/** The imports that are left to the other plugins. */
export function leftOpen(member: Member): readonly Import[] {
  return manifestOf(member).imports.filter(({ interface: name }) => {
    const wanted = parseInterface(name, `the manifest of ${titleOf(member)}`);
    return !member.grants.some((grant) => serves(grant.interface, wanted));
  });
}

/** The part of an interface's name before its version. */
export function pathOf(name: string): string {
  return name.replace(/@.*/, "");
}
