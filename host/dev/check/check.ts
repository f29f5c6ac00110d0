/** Checks: everything that can be known about an upgrade before it is done. */
import {
  askedBesides,
  type Manifest,
  type PermissionChange,
  permissionChanges,
  type StateOrigin,
} from "../../../abi/tools.ts";
import { type Examined, examine, PluginError } from "../../mod.ts";
import { grantNameOf } from "../grant-name.ts";
import { expectedBy, expectedOf, type InterfaceChange, interfaceChanges } from "./interface-changes.ts";
import { type Finding, lint } from "./lint.ts";
import type { Rehearsal } from "./rehearse.ts";
import { type ApartOptions, rehearseApart } from "./rehearse-apart.ts";
import { type StateWay, stateWay } from "./state-way.ts";
import { type VersionCheck, versionChecks } from "./version-check.ts";

/** The findings that an option can allow. */
export const ALLOWED = ["permissions", "version", "breaking", "answers"] as const;

export interface CheckOptions extends Omit<ApartOptions, "swap"> {
  /** The version to be replaced. @default none: the module is checked by itself */
  readonly old?: Uint8Array | undefined;
  /** The name of the module in messages. @default "bytes" */
  readonly file?: string | undefined;
  /** The plugin and version that `state` comes from. */
  readonly origin?: StateOrigin | undefined;
  /** @default nothing */
  readonly allow?: readonly (typeof ALLOWED)[number][];
  /** Whether guest code is run at all. @default true */
  readonly rehearse?: boolean;
}

export interface Check {
  /**
   * - `well`: there is no reason against it,
   * - `refused`: a host would refuse it, or it breaks its callers,
   * - `unannounced`: it would swap, but its version number promises less change than there is, or it asks for
   *   more.
   */
  readonly verdict: "well" | "refused" | "unannounced";
  /** Why it is refused. */
  readonly refusals: readonly string[];
  /** Changes that its version number does not announce, and new permissions. */
  readonly unannounced: readonly string[];
  /** Findings that were allowed by an option. */
  readonly allowed: readonly string[];
  readonly old: Manifest | undefined;
  /** The manifest; unknown when it could not be read. */
  readonly next: Manifest | undefined;
  readonly findings: readonly Finding[];
  /** Differences from the contract; nothing without one. */
  readonly contract: readonly InterfaceChange[] | undefined;
  /** Differences from the old version; nothing without one. */
  readonly interface: readonly InterfaceChange[] | undefined;
  readonly versions: readonly VersionCheck[];
  readonly permissions: readonly PermissionChange[];
  readonly state: StateWay | undefined;
  readonly rehearsal: Rehearsal | { readonly skipped: string };
}

/**
 * Checks a module, and whether it may replace an older one.
 *
 * @throws PluginError when `examine` refuses the old version
 */
export async function check(bytes: Uint8Array, options: CheckOptions = {}): Promise<Check> {
  const { allow = [] } = options;
  const old = options.old && (await examine(options.old));
  const next = await examined(bytes, options.file);
  const refusals: string[] = [];
  const unannounced: string[] = [];
  const allowed: string[] = [];
  const found = { refusals, unannounced, allowed, old: old?.manifest };
  if (next instanceof PluginError) {
    refusals.push("no host loads it");
    return {
      ...found,
      verdict: "refused",
      next: undefined,
      findings: [{ level: "error", text: next.message }],
      contract: undefined,
      interface: undefined,
      versions: [],
      permissions: [],
      state: undefined,
      rehearsal: { skipped: "there is nothing to run" },
    };
  }
  const say = (list: string[], text: string, by?: (typeof ALLOWED)[number]) =>
    void (by !== undefined && allow.includes(by) ? allowed : list).push(text);

  const findings = [...lint(next), ...renamed(old, next)];
  const broken = findings.some(({ level }) => level === "error");
  if (broken) say(refusals, "it breaks the ABI");

  const contract = options.contract && interfaceChanges(expectedBy(options.contract), next.manifest);
  const misfits = contract?.some(breaks) ?? false;
  if (misfits) say(refusals, `it does not fit the contract ${options.contract!.interface.text}`);

  const changes = old && interfaceChanges(expectedOf(old.manifest), next.manifest);
  const breaking = changes?.some(breaks) ?? false;
  if (breaking) say(refusals, `it breaks callers of ${old!.manifest.version}`, "breaking");

  const state = stateWay(originOf(old, options.origin), next.manifest);
  if (state.kind === "refused") say(refusals, "the state does not cross");

  const versions = old && changes ? versionChecks(old, next, changes) : [];
  for (const { of, lowest, to } of versions.filter(({ ok }) => !ok)) {
    say(unannounced, `the ${of}'s version is ${to}, and what changed asks for ${lowest}`, "version");
  }
  const permissions = permissionChanges(old?.manifest, next.manifest);
  if (askedBesides(permissions).length > 0)
    say(unannounced, "it asks for more than the version before", "permissions");

  const why = broken
    ? "a module that breaks the ABI is not run"
    : state.kind === "refused"
      ? "there is no way for the state"
      : whyNot(options, [next.manifest, ...(old ? [old.manifest] : [])]);
  const swap = options.contract ? !misfits : !breaking;
  const { grant = [], state: begin, drive, seed = 1, timeout, signal } = options;
  const apart = { grant, contract: options.contract, state: begin, drive, seed, swap };
  const until = { ...(timeout === undefined ? {} : { timeout }), ...(signal && { signal }) };
  const rehearsal =
    why === undefined
      ? await rehearseApart(options.old ?? bytes, bytes, { ...apart, ...until })
      : { skipped: why };
  if ("ok" in rehearsal && !rehearsal.ok) {
    const held = rehearsal.steps.every(({ name, outcome }) => outcome !== "failed" || name === "answers");
    if (held) say(refusals, "what is held outside of the state does not cross", "answers");
    else say(refusals, "the rehearsal failed");
  }

  const verdict = refusals.length > 0 ? "refused" : unannounced.length > 0 ? "unannounced" : "well";
  return {
    ...found,
    verdict,
    next: next.manifest,
    findings,
    contract,
    interface: changes,
    versions,
    permissions,
    state,
    rehearsal,
  };
}

async function examined(bytes: Uint8Array, file: string | undefined): Promise<Examined | PluginError> {
  try {
    return await examine(bytes, { from: file });
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
}

/** State crosses by its schema, but opaque state by the plugin's name, so a new name is worth a warning. */
function renamed(old: Examined | undefined, next: Examined): Finding[] {
  if (!old || old.manifest.name === next.manifest.name) return [];
  return [{ level: "warning", text: `its name is ${next.manifest.name}, and was ${old.manifest.name}` }];
}

function originOf(old: Examined | undefined, snapshot: StateOrigin | undefined): StateOrigin | undefined {
  if (!old) return snapshot;
  const { name, version, state } = old.manifest;
  return state && { ...state, plugin: name, version };
}

/** Why the rehearsal is left out, and what would help. */
function whyNot(
  { rehearse = true, grant = [] }: CheckOptions,
  manifests: readonly Manifest[],
): string | undefined {
  if (!rehearse) return "it was not asked for";
  const asked = new Set(manifests.flatMap(({ imports }) => imports.map((each) => each.interface)));
  const never = [...asked].filter((name) => grantNameOf(name) === undefined);
  if (never.length > 0) {
    return `it needs ${never.join(", ")}, which only a host of yours can grant; rehearse it there, with dryRun`;
  }
  const missing = [...new Set([...asked].map((name) => grantNameOf(name)!))].filter(
    (name) => !grant.includes(name),
  );
  return missing.length > 0
    ? `it needs ${missing.join(", ")}; grant it with ${missing.map((name) => `--grant ${name}`).join(" ")}`
    : undefined;
}

function breaks({ kind }: InterfaceChange): boolean {
  return kind === "breaks";
}
