/** Export names that AssemblyScript's loader must not get. */
import { printable } from "../../../abi/printable.ts";
import { PluginError } from "../../errors.ts";

const VIEWS = ["Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "Int64", "Uint64"];
const TYPED = [...VIEWS, "Float32", "Float64"].map((each) => `__get${each}Array`);

/** The loader's own functions, which exports of these names would replace. */
const OWN: ReadonlySet<string> = new Set([
  ...["__newString", "__newArray", "__newArrayBuffer", "__getString", "__getFunction"],
  ...["__getArray", "__getArrayView", "__getArrayBuffer"],
  ...TYPED.flatMap((each) => [each, `${each}View`]),
]);

/**
 * The loader makes an object tree of export names: `Class#method` becomes a property of what `Class` leads
 * to, which for `constructor` is the host's own `Object`, and for `memory` a `WebAssembly.Memory`.
 */
const REACHING = /(^|[.:])(constructor|__proto__|prototype)[#.]|^(memory|table)[#.]/;

/** @throws PluginError `invalid-module` naming the first one */
export function refuseNames(names: readonly string[], from: string): void {
  const bad = names.find((name) => OWN.has(name) || REACHING.test(name));
  if (bad === undefined) return;
  const why = OWN.has(bad)
    ? "which AssemblyScript's loader has for a function of its own"
    : "a name that reaches into the host's own objects";
  throw new PluginError(
    "invalid-module",
    `could not load ${from}: it exports "${printable(bad, 200)}", ${why}`,
  );
}
