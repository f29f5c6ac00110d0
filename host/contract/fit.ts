/** Whether a module fits a contract, or a grant fits an import of a module. */
import type { Manifest } from "../../abi/manifest.ts";
import { signature } from "../../abi/spelling.ts";
import { type Field, type FunctionType, matchPair, type ValueType } from "../../abi/type.ts";
import { namedAs } from "./function-name.ts";

/**
 * The type by which a view lifts an answer: the module's layout, with the contract's choices in it (unwanted
 * fields are dropped, lists become the array that the contract names). Or the reason why the two do not fit.
 */
export type Fitted = { readonly type: FunctionType } | { readonly problem: string };

/**
 * Earlier results, by wanted and found type. The next version of a plugin has mostly the same functions: it
 * then gets the same type objects, and their codecs, which the engine has compiled by then. Not state: each
 * entry follows from its keys.
 */
const FITTED = new WeakMap<FunctionType, Map<string, Fitted>>();
/** Found types that are remembered for each wanted type. */
const MOST = 64;

/** Fits an export of a manifest to a function of a contract. */
export function fitExport(
  { exports }: Manifest,
  key: string,
  wanted: FunctionType,
): { readonly name: string; readonly type: FunctionType } | { readonly problem: string } {
  const found = namedAs(exports, key);
  if (!found) return { problem: `wanted ${signature(wanted)}, found no such function` };
  const fitted = fitting(wanted, found, { wider: true });
  return "problem" in fitted ? fitted : { name: found.name, type: fitted.type };
}

/**
 * Parameters must have the same types; so must the answer, unless `wider` also allows records with more
 * fields.
 */
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

/** The found type seen as the wanted type; `undefined` when they do not fit. */
function merge(wanted: ValueType, found: ValueType, wider: boolean): ValueType | undefined {
  const both = (a: ValueType | undefined, b: ValueType | undefined) =>
    a === undefined || b === undefined ? (a === b ? null : undefined) : merge(a, b, wider);
  const parts = (wanted: readonly ValueType[], found: readonly ValueType[]): ValueType[] | undefined => {
    if (wanted.length !== found.length) return undefined;
    const merged = found.flatMap((type, i) => merge(wanted[i]!, type, wider) ?? []);
    return merged.length === found.length ? merged : undefined;
  };
  return matchPair<ValueType | undefined>(
    wanted,
    found,
    {
      primitive: (wanted, found) => (wanted === found ? found : undefined),
      list: (wanted, found) => {
        const list = wanted.length === found.length ? merge(wanted.list, found.list, wider) : undefined;
        return list && { ...found, list, ...(wanted.as && { as: wanted.as }) };
      },
      record: (wanted, found) => mergeRecord(wanted.record, found, wider),
      tuple: (wanted, found) => {
        const tuple = parts(wanted.tuple, found.tuple);
        return tuple && { tuple };
      },
      option: (wanted, found) => {
        const option = merge(wanted.option, found.option, wider);
        return option && { option, ...(wanted.as && { as: wanted.as }) };
      },
      result: (wanted, found) => {
        const ok = both(wanted.result.ok, found.result.ok);
        const err = both(wanted.result.err, found.result.err);
        if (ok === undefined || err === undefined) return undefined;
        return { result: { ...(ok && { ok }), ...(err && { err }) } };
      },
      enum: (wanted, found) => (alike(wanted.enum, found.enum) ? found : undefined),
      flags: (wanted, found) => (alike(wanted.flags, found.flags) ? found : undefined),
      variant: (wanted, found) => {
        if (!alike(wanted.variant.map(nameOf), found.variant.map(nameOf))) return undefined;
        const variant = found.variant.flatMap(({ name, type: of }, i) => {
          const type = both(wanted.variant[i]!.type, of);
          return type === undefined ? [] : { name, ...(type && { type }) };
        });
        return variant.length === found.variant.length ? { ...found, variant } : undefined;
      },
      map: (wanted, found) => {
        const [key, value] = parts(wanted.map, found.map) ?? [];
        return key && value && { map: [key, value] };
      },
    },
    () => undefined,
  );
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function mergeRecord(
  wanted: readonly Field[],
  found: { readonly record: readonly Field[]; readonly name?: string },
  wider: boolean,
): ValueType | undefined {
  const wishes = new Map(wanted.map((field) => [field.name, field]));
  const record: Field[] = [];
  for (const field of found.record) {
    const wish = wishes.get(field.name);
    if (wish === undefined) {
      if (!wider) return undefined;
      record.push({ ...field, dropped: true });
      continue;
    }
    wishes.delete(field.name);
    const type = merge(wish.type, field.type, wider);
    if (type === undefined) return undefined;
    record.push({ name: field.name, type, ...(wish.as !== undefined && { as: wish.as }) });
  }
  return wishes.size > 0 ? undefined : { ...found, record };
}

function alike(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
