/** Whether a module fits a contract, or a grant what a module imports. */
import type { Manifest } from "../../abi/manifest.ts";
import { signature } from "../../abi/spelling.ts";
import { type Field, type FunctionType, kebabCase, type ValueType } from "../../abi/type.ts";

/**
 * The type by which a view lifts what a function answers: the module's layout with the view's wishes in it
 * (fields that it does not want are dropped, lists become what it asked for). Or why the two do not fit.
 */
export type Fitted = { readonly type: FunctionType } | { readonly problem: string };

/**
 * What wanted types became of found ones before. The next version of a plugin mostly has the functions of the one before:
 * it then has the same types, and the codecs that were made for those, which the engine has compiled by then.
 * No state: what is here follows from the keys.
 */
const FITTED = new WeakMap<FunctionType, Map<string, Fitted>>();
/** Found types that are remembered for a wanted one. */
const MOST = 64;

/** Fits what a manifest says of an export to what a contract wants under this key. */
export function fitExport(
  { exports }: Manifest,
  key: string,
  wanted: FunctionType,
): { readonly name: string; readonly type: FunctionType } | { readonly problem: string } {
  const name = kebabCase(key);
  const found = exports.find((each) => each.name === name);
  if (!found) return { problem: `wanted ${signature(wanted)}, found no such function` };
  const fitted = fitting(wanted, found, { wider: true });
  return "problem" in fitted ? fitted : { name, type: fitted.type };
}

/** Parameters are the same types; the answer is the same type, or (when `wider`) one with wider records. */
export function fitting(wanted: FunctionType, found: FunctionType, options: { wider: boolean }): Fitted {
  const key = JSON.stringify([options.wider, found.params, found.result]);
  const before = FITTED.get(wanted) ?? new Map<string, Fitted>();
  const fitted = before.get(key) ?? fitAnew(wanted, found, options);
  if (before.size === MOST) before.clear();
  FITTED.set(wanted, before.set(key, fitted));
  return fitted;
}

function fitAnew(wanted: FunctionType, found: FunctionType, { wider }: { wider: boolean }): Fitted {
  const differ = () => ({ problem: `wanted ${signature(wanted)}, found ${signature(found)}` });
  if (wanted.params.length !== found.params.length) return differ();
  const params = [];
  for (const [i, param] of found.params.entries()) {
    const type = merge((wanted.params[i] as (typeof wanted.params)[0]).type, param.type, false);
    if (type === undefined) return differ();
    params.push({ name: param.name, type });
  }
  if (wanted.result === undefined) {
    return found.result === undefined ? { type: { params } } : differ();
  }
  const result = found.result && merge(wanted.result, found.result, wider);
  return result === undefined ? differ() : { type: { params, result } };
}

/** The found type seen as the wanted one; `undefined` when it cannot be. */
function merge(wanted: ValueType, found: ValueType, wider: boolean): ValueType | undefined {
  const both = (a: ValueType | undefined, b: ValueType | undefined) =>
    a === undefined || b === undefined ? (a === b ? null : undefined) : merge(a, b, wider);
  if (typeof wanted === "string" || typeof found === "string") return wanted === found ? found : undefined;
  if ("list" in wanted && "list" in found) {
    const list = merge(wanted.list, found.list, wider);
    if (list === undefined || wanted.length !== found.length) return undefined;
    return { ...found, list, ...(wanted.as && { as: wanted.as }) };
  }
  if ("record" in wanted && "record" in found) return mergeRecord(wanted.record, found, wider);
  if ("tuple" in wanted && "tuple" in found && wanted.tuple.length === found.tuple.length) {
    const tuple = found.tuple.map((type, i) => merge(wanted.tuple[i] as ValueType, type, wider));
    return tuple.includes(undefined) ? undefined : { tuple: tuple as ValueType[] };
  }
  if ("option" in wanted && "option" in found) {
    const option = merge(wanted.option, found.option, wider);
    return option && { option, ...(wanted.as && { as: wanted.as }) };
  }
  if ("result" in wanted && "result" in found) {
    const ok = both(wanted.result.ok, found.result.ok);
    const err = both(wanted.result.err, found.result.err);
    if (ok === undefined || err === undefined) return undefined;
    return { result: { ...(ok && { ok }), ...(err && { err }) } };
  }
  if ("variant" in wanted && "variant" in found && wanted.variant.length === found.variant.length) {
    const cases = found.variant.map((each, i) => {
      const other = wanted.variant[i] as (typeof wanted.variant)[0];
      const type = other.name === each.name ? both(other.type, each.type) : undefined;
      return type === undefined ? undefined : { name: each.name, ...(type && { type }) };
    });
    return cases.includes(undefined) ? undefined : { ...found, variant: cases as { name: string }[] };
  }
  if ("map" in wanted && "map" in found) {
    const key = merge(wanted.map[0], found.map[0], wider);
    const value = merge(wanted.map[1], found.map[1], wider);
    return key && value && { map: [key, value] };
  }
  if ("enum" in wanted && "enum" in found) return alike(wanted.enum, found.enum) ? found : undefined;
  if ("flags" in wanted && "flags" in found) return alike(wanted.flags, found.flags) ? found : undefined;
  return undefined;
}

function mergeRecord(
  wanted: readonly Field[],
  found: { readonly record: readonly Field[]; readonly name?: string },
  wider: boolean,
): ValueType | undefined {
  const wishes = new Map(wanted.map((field) => [field.name, field.type]));
  const record: Field[] = [];
  for (const field of found.record) {
    const wish = wishes.get(field.name);
    if (wish === undefined) {
      if (!wider) return undefined;
      record.push({ ...field, dropped: true });
      continue;
    }
    wishes.delete(field.name);
    const type = merge(wish, field.type, wider);
    if (type === undefined) return undefined;
    record.push({ name: field.name, type });
  }
  return wishes.size > 0 ? undefined : { ...found, record };
}

function alike(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
