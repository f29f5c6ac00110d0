/** Bindings: the functions of a contract as one module has them. */
import type { Manifest } from "../../abi/manifest.ts";
import type { FunctionType } from "../../abi/type.ts";
import { camelCase } from "../../abi/type.ts";
import { PluginError } from "../errors.ts";
import { type ModuleInfo, title } from "../module/info.ts";
import { type Contract, UNCALLABLE } from "./contract.ts";
import { parseInterface, serves } from "./interface.ts";

/**
 * One function of a contract, with the module's own name for it and the types by which its answer is lifted.
 */
export interface Binding {
  /** The export's WIT name. */
  readonly name: string;
  readonly type: FunctionType;
  /** Why the module has no such function. */
  readonly missing?: string;
}

/** A module with exports that can be fitted to a contract. */
export interface Fittable extends ModuleInfo {
  /** Fits an export to a function of a contract. `key` is the function's name in the contract. */
  fit(key: string, wanted: FunctionType): Binding | { readonly problem: string };
  /** Earlier results of `bindings`, which follow from the module and the contract. */
  readonly fitted: WeakMap<Contract, readonly Binding[]>;
}

/**
 * Fits a module to a contract.
 *
 * @throws PluginError `mismatch` with both sides of every difference
 */
export function bindings(contract: Contract, module: Fittable): readonly Binding[] {
  const { manifest, fitted: known } = module;
  const found = known.get(contract);
  if (found) return found;
  const problems: string[] = [];
  const own =
    !contract.lenient &&
    manifest.interface &&
    parseInterface(manifest.interface, `the manifest of ${title(module)}`);
  if (own && !serves(own, contract.interface)) {
    problems.push(`wanted the interface ${contract.interface.text}, found ${own.text}`);
  }
  const bound: Binding[] = [];
  for (const [key, wanted] of contract.functions) {
    const fitted = module.fit(key, wanted);
    if (!("problem" in fitted)) bound.push(fitted);
    else if (contract.lenient) bound.push({ name: key, type: wanted, missing: fitted.problem });
    else problems.push(`${key}: ${fitted.problem}`);
  }
  if (problems.length === 0) {
    known.set(contract, bound);
    return bound;
  }
  throw new PluginError(
    "mismatch",
    `${title(module)} does not fit ${named(contract)}: ${problems.join("; ")}`,
  );
}

function named({ interface: own, impliedBy }: Contract): string {
  if (impliedBy === undefined) return `the contract ${own.text}`;
  return (
    `${impliedBy}, which was loaded without a contract, so that all of its functions are expected ` +
    "(load it with a contract of those that you call, or begin the new version with a snapshot)"
  );
}

function callable({ exports }: Manifest): Manifest["exports"] {
  return exports.filter(({ name }) => name !== UNCALLABLE);
}

/** What a contract made from this module leaves out, for the module's warnings. */
export function leftOut({ impliedBy }: Contract, { manifest }: ModuleInfo): string[] {
  if (impliedBy === undefined || callable(manifest).length === manifest.exports.length) return [];
  return [
    `the function ${UNCALLABLE} of ${impliedBy} cannot be called: its name would make a promise of every object that it stands in`,
  ];
}

/** A contract made from a module's own types, for callers without a contract. */
export function contractOf(module: ModuleInfo): Contract {
  const { manifest } = module;
  if (!module.typed) {
    throw new PluginError(
      "bad-contract",
      `could not load ${title(module)} without a contract: a module of this kind does not tell the types of its functions`,
    );
  }
  const text = manifest.interface ?? "moult:plugin/world@1.0.0";
  return {
    interface: parseInterface(text, `the manifest of ${title(module)}`),
    functions: new Map(callable(manifest).map((each) => [camelCase(each.name), each])),
    impliedBy: title(module),
  };
}
