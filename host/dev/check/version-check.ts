/** Whether the version numbers of an upgrade say as much as has changed. */
import type { Examined } from "../../mod.ts";
import { askedBy, type InterfaceChange } from "./interface-changes.ts";
import { type Asked, bumpBetween, interfaceParts, lowest, promises } from "./version.ts";

export interface VersionCheck {
  readonly of: "interface" | "plugin";
  readonly from: string;
  readonly to: string;
  /** What the change asks for: the lowest step that says enough. Below 1.0.0 a `major` one is 0.x, a `minor` one 0.0.x. */
  readonly asks: Asked;
  /** The lowest version that says enough. */
  readonly lowest: string;
  readonly ok: boolean;
}

/**
 * The interface's number has to say what changed in the interface; the plugin's says that too, and that something
 * changed at all.
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
    // An interface of another name begins with a number of its own.
    if (one.path === other.path) checks.push(check("interface", one.version, other.version, asked));
  }
  const same = old.digest !== undefined && old.digest === next.digest;
  checks.push(check("plugin", from.version, to.version, asked === "none" && !same ? "patch" : asked));
  return checks;
}

function check(of: VersionCheck["of"], from: string, to: string, asks: Asked): VersionCheck {
  return { of, from, to, asks, lowest: lowest(from, asks), ok: promises(bumpBetween(from, to), asks) };
}
