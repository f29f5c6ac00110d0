/** Whether the version numbers of an upgrade announce its changes. */
import type { Examined } from "../../mod.ts";
import { askedBy, type InterfaceChange } from "./interface-changes.ts";
import { type Asked, bumpBetween, interfaceParts, lowest, promises } from "./version.ts";

export interface VersionCheck {
  readonly of: "interface" | "plugin";
  readonly from: string;
  readonly to: string;
  /**
   * The lowest step of the version that announces the change. Below 1.0.0 a `major` step is 0.x, and a
   * `minor` one 0.0.x.
   */
  readonly asks: Asked;
  /** The lowest version that announces the change. */
  readonly lowest: string;
  readonly ok: boolean;
}

/**
 * The interface's version has to announce changes of the interface; the plugin's version has to do so too,
 * and has to change with any change at all.
 */
export function versionChecks(
  old: Examined,
  next: Examined,
  changes: readonly InterfaceChange[],
): readonly VersionCheck[] {
  const asked = askedBy(changes);
  const [from, to] = [old.manifest, next.manifest];
  const checks: VersionCheck[] = [];
  if (from.interface !== undefined && to.interface !== undefined) {
    const [one, other] = [interfaceParts(from.interface), interfaceParts(to.interface)];
    // An interface with another name begins with a version of its own.
    if (one.path === other.path) checks.push(check("interface", one.version, other.version, asked));
  }
  const same = old.digest !== undefined && old.digest === next.digest;
  checks.push(check("plugin", from.version, to.version, asked === "none" && !same ? "patch" : asked));
  return checks;
}

function check(of: VersionCheck["of"], from: string, to: string, asks: Asked): VersionCheck {
  return { of, from, to, asks, lowest: lowest(from, asks), ok: promises(bumpBetween(from, to), asks) };
}
