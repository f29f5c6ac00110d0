/** Permits: the embedder's decision on what each plugin of a set may reach. */
import type { Manifest } from "../../abi/manifest.ts";
import { camelCase } from "../../abi/type.ts";
import type { Awaitable } from "../awaitable.ts";
import { PluginError, reason } from "../errors.ts";
import type { LoadOptions } from "../load-options.ts";
import { misfit } from "../option.ts";
import { type Member, manifestOf, pathOf, titleOf } from "./member.ts";
import { checkUsage, type Usage } from "./plugin-entry.ts";

/** One interface that a plugin asks for. */
export interface Ask {
  /** With its version. */
  readonly interface: string;
  /** In camelCase. */
  readonly functions: readonly string[];
  /** The names of the plugins of the set that have an interface of this name, whatever its version. */
  readonly servedBy: readonly string[];
}

/** A plugin that is about to begin, as its module describes it: claims of its author's, but for the digest. */
export interface Asking {
  readonly name: string;
  readonly version: string;
  /** The SHA-256 of the module's bytes in hexadecimal, where it is known. */
  readonly digest: string | undefined;
  /** The package that `packages` found it in. */
  readonly package: string | undefined;
  /** What it was loaded from, for people. */
  readonly from: string;
  readonly manifest: Manifest;
  readonly asks: readonly Ask[];
}

/** What a plugin may do: options that come before those of its entry. */
export type Permitted = Usage & Omit<LoadOptions, SettledBefore>;
/** Options that have had their effect when the manifest is read. */
type SettledBefore = "abi" | "isolation" | "limits" | "integrity" | "maxSourceBytes" | "timeout" | "signal";

/** @returns what the plugin may do, or `false` to leave it out */
export type Permit = (asking: Asking) => Awaitable<Permitted | false>;

export function askingOf(member: Member, members: readonly Member[]): Asking {
  const manifest = manifestOf(member);
  const { digest, from } = member.content.module;
  const asks = manifest.imports.map(({ interface: name, functions }) => ({
    interface: name,
    functions: functions.map((each) => camelCase(each.name)),
    servedBy: members
      .filter((each) => each !== member && pathOf(manifestOf(each).interface ?? "") === pathOf(name))
      .map((each) => manifestOf(each).name),
  }));
  const { name, version } = manifest;
  return { name, version, digest, package: member.entry.package, from, manifest, asks };
}

/** @throws PluginError `unresolved` when `permit` throws; `argument` for an answer that is none */
export async function permitted(
  permit: Permit,
  member: Member,
  members: readonly Member[],
): Promise<Permitted | false> {
  let answer: unknown;
  try {
    answer = await permit(askingOf(member, members));
  } catch (cause) {
    const why = `permit threw for ${titleOf(member)}: ${reason(cause)}`;
    throw new PluginError("unresolved", `could not load the plugins: ${why}; none of them began`, { cause });
  }
  if (answer === false) return false;
  if (typeof answer !== "object" || answer === null || Array.isArray(answer))
    throw misfit(
      answer,
      `the answer of permit for ${titleOf(member)}`,
      "{ grant: [...], uses: [...] }, or false",
    );
  checkUsage(answer as Permitted);
  return answer as Permitted;
}
