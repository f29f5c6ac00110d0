/** Names of functions: `getUrl` in JavaScript is `get-url` in WIT, and so is `getURL`. */
import { camelCase, kebabCase } from "../../abi/type.ts";

/** @returns the key under which a function is found that has a name in WIT; `undefined` where there is none */
export function keyOf(functions: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const key = camelCase(name);
  if (functions.has(key)) return key;
  return [...functions.keys()].find((each) => kebabCase(each) === name);
}

/** @returns what has the name in WIT that a key stands for */
export function namedAs<T extends { readonly name: string }>(
  named: readonly T[],
  key: string,
): T | undefined {
  const index = indexOf(named);
  // `get-x-y` is `getXY`, which by itself would be `get-xy`.
  return (index.get(key) ?? index.get(kebabCase(key))) as T | undefined;
}

/** By name in WIT and by key: a module may have thousands of functions, and a contract asks for each of them. */
const INDEXES = new WeakMap<
  readonly { readonly name: string }[],
  ReadonlyMap<string, { readonly name: string }>
>();

function indexOf(
  named: readonly { readonly name: string }[],
): ReadonlyMap<string, { readonly name: string }> {
  const before = INDEXES.get(named);
  if (before) return before;
  const index = new Map(named.map((each) => [camelCase(each.name), each]));
  for (const each of named) index.set(each.name, each);
  INDEXES.set(named, index);
  return index;
}
