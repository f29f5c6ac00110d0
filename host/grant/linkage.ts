/** Linkages: the grant for each import of a module, found before an instance is made. */

import { printable } from "../../abi/printable.ts";
import { camelCase, type FunctionType } from "../../abi/type.ts";
import { type Fitted, fitting } from "../contract/fit.ts";
import { keyOf } from "../contract/function-name.ts";
import { parseInterface, serves } from "../contract/interface.ts";
import { PluginError } from "../errors.ts";
import { title } from "../module/info.ts";
import type { PluginModule } from "../module/module.ts";
import type { Grant, GrantedFunction } from "./capability.ts";
import { suspending } from "./jspi.ts";

/** One imported interface and the grant that serves it. */
interface Match {
  readonly import: string;
  readonly grant: Grant;
  readonly functions: readonly {
    /** Its WIT name. */
    readonly name: string;
    /** Its name in JavaScript, as the grant spells it. */
    readonly key: string;
    readonly type: FunctionType;
    readonly granted: GrantedFunction;
  }[];
}

/** What every instance of one module gets, found once, when the module is checked. */
export interface Linkage {
  readonly matches: readonly Match[];
  /** Whether any granted function answers a promise, so that calls are suspended. */
  readonly asynchronous: boolean;
}

export interface LinkageOptions {
  /** Whether a guest can wait for a grant. @default whether the engine can suspend it */
  readonly waits?: boolean;
}

/**
 * Finds a grant for everything that a module imports, before an instance is made.
 *
 * @throws PluginError `missing-grant` naming all that is missing; `bad-grant` when the types differ;
 * `no-suspension` when a grant is async and the engine cannot suspend a guest
 */
export function linkage(
  module: PluginModule,
  grants: readonly Grant[],
  { waits = suspending() !== undefined }: LinkageOptions = {},
): Linkage {
  const missing: string[] = [];
  const matches: Match[] = [];
  for (const wanted of module.manifest.imports) {
    const name = parseInterface(wanted.interface, `the manifest of ${title(module)}`);
    const grant = grants.find((each) => serves(each.interface, name));
    if (!grant) {
      missing.push(wanted.interface);
      continue;
    }
    const functions = wanted.functions.map((each) => {
      const key = keyOf(grant.functions, each.name);
      const granted = key === undefined ? undefined : grant.functions.get(key);
      if (key === undefined || !granted)
        throw mismatched(module, wanted.interface, `the grant has no function ${camelCase(each.name)}`);
      const fitted = fittingOf(grant, granted.type, each);
      if ("problem" in fitted) {
        throw mismatched(
          module,
          wanted.interface,
          `${camelCase(each.name)}: the grant's and the plugin's types differ: ${fitted.problem}`,
        );
      }
      return { name: each.name, key, type: fitted.type, granted };
    });
    matches.push({ import: wanted.interface, grant, functions });
  }
  missing.push(...strangers(module));
  if (missing.length > 0) {
    throw new PluginError(
      "missing-grant",
      `could not load ${title(module)}: it asks for what it was not granted: ${printable(missing.join(", "))}${module.foreign ? `; ${module.foreign}` : ""}`,
    );
  }
  const asynchronous = matches.some((match) => match.functions.some(({ granted }) => granted.async));
  if (asynchronous && !waits) {
    const names = matches.filter((match) => match.functions.some(({ granted }) => granted.async));
    throw new PluginError(
      "no-suspension",
      `could not load ${title(module)}: ${names.map((match) => match.import).join(", ")} answers later, and this engine cannot suspend a plugin (it has no WebAssembly.Suspending)`,
    );
  }
  return { matches, asynchronous };
}

/** A plugin may answer records with more fields, as to any other caller. */
function fittingOf({ provider }: Grant, granted: FunctionType, wanted: FunctionType): Fitted {
  if (!provider) return fitting(granted, wanted, { wider: false });
  const fitted = fitting(wanted, granted, { wider: true });
  return "problem" in fitted ? fitted : { type: wanted };
}

function mismatched(module: PluginModule, name: string, problem: string): PluginError {
  return new PluginError("bad-grant", `could not load ${title(module)}: ${name}: ${problem}`);
}

/** Imports that neither the ABI nor the manifest declares. */
function strangers(module: PluginModule): readonly string[] {
  module.known.strangers ??= findStrangers(module);
  return module.known.strangers;
}

function findStrangers(module: PluginModule): string[] {
  const listed = new Set<string>();
  for (const each of module.manifest.imports) {
    for (const { name } of each.functions) listed.add(`${each.interface}#${name}`);
  }
  return WebAssembly.Module.imports(module.code)
    .filter((each) => !listed.has(`${each.module}#${each.name}`) && !module.provides(each))
    .map((each) => `${each.module}.${each.name} (${each.kind})`);
}
