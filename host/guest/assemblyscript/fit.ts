/** Whether the functions of a plain module fit a contract. */
import { signature, spell } from "../../../abi/spelling.ts";
import { camelCase, type FunctionType, kebabCase, type ValueType } from "../../../abi/type.ts";
import { type CoreFunctionType, type NumberType, spellCoreFunction } from "../../../abi/wasm/core-type.ts";
import type { Description } from "../adapter.ts";
import { type PlainMemory, unreachable } from "./memory.ts";
import { hasNoPins, OLD, RTTI } from "./runtime.ts";
import { arrayClass, crosses } from "./value.ts";

/** The exports of a module, as far as they matter to a contract. */
export interface PlainExports {
  /** Kinds, by name. */
  readonly kinds: ReadonlyMap<string, string>;
  /** Core types of functions; unknown for a module that came compiled. */
  readonly types: ReadonlyMap<string, CoreFunctionType> | undefined;
  readonly memory: PlainMemory;
}

export function fitPlain(
  { kinds, types, memory }: PlainExports,
  key: string,
  wanted: FunctionType,
): ReturnType<Description["fit"]> {
  const functions = [...kinds].flatMap(([name, kind]) => (kind === "function" ? [name] : []));
  // The author's exact spelling first, then any spelling that WIT treats as equal: `top_paths` is `topPaths`.
  const name =
    functions.find((each) => each === key) ?? functions.find((each) => camelCase(kebabCase(each)) === key);
  if (name === undefined) return { problem: `wanted ${signature(wanted)}, found no such function` };
  const problem = unfit(wanted, kinds, memory) ?? (types && differing(wanted, types.get(name)));
  return problem === undefined ? { name, type: wanted } : { problem };
}

/** Whether values of a type are objects in the guest's memory. */
export function isObject(type: ValueType): boolean {
  return type === "string" || typeof type !== "string";
}

/** Why the types of a function do not cross, or what the module lacks for it. */
function unfit(
  type: FunctionType,
  kinds: ReadonlyMap<string, string>,
  memory: PlainMemory,
): string | undefined {
  const places = type.params.map((param) => ({
    place: `parameter ${param.name}`,
    type: param.type,
    argument: true,
  }));
  if (type.result !== undefined) places.push({ place: "result", type: type.result, argument: false });
  for (const { place, type, argument } of places) {
    if (!crosses(type)) {
      return `${place}: ${spell(type)} does not cross to a plain AssemblyScript module; wanted bools, numbers, strings, or lists of them`;
    }
    if (!isObject(type)) continue;
    if (hasNoPins(kinds)) return `${place}: ${spell(type)} cannot be given to it: ${OLD}`;
    const hidden = unreachable(memory);
    if (hidden !== undefined) return `${place}: ${spell(type)} lies in memory: ${hidden}`;
    const array = typeof type === "object" && "list" in type ? arrayClass(type) : undefined;
    const runtime = argument ? ["__new", "__pin", "__unpin"] : [];
    const missing = [...runtime, ...(array ? [RTTI] : [])].filter((name) => !kinds.has(name));
    if (missing.length > 0) {
      return `${place}: ${spell(type)} wants the exports ${missing.join(", ")}; build the module with --exportRuntime`;
    }
    if (array && argument && kinds.get(array.id) !== "global") {
      return `${place}: ${spell(type)} wants the export ${array.id}; add to the module: export const ${array.id} = idof<${array.name}>();`;
    }
  }
  return undefined;
}

/**
 * The difference between the core types of a contract's function and the module's. A function of unknown type
 * does not fit.
 */
function differing(wanted: FunctionType, found: CoreFunctionType | undefined): string | undefined {
  const want = spellCoreFunction({
    params: wanted.params.map(({ type }) => coreOf(type)),
    results: wanted.result === undefined ? [] : [coreOf(wanted.result)],
  });
  const have = found && spellCoreFunction(found);
  return want === have
    ? undefined
    : `wanted ${signature(wanted)}, which is ${want} in core values, found ${have ?? "one of an unknown type"}`;
}

function coreOf(type: ValueType): NumberType {
  if (type === "s64" || type === "u64") return "i64";
  return type === "f32" || type === "f64" ? type : "i32";
}
