/** How an answer crosses: an answer that is a result has two sides, any other is `ok` alone. */
import { type FunctionType, isKind, type ValueShape, valueShape } from "../../abi/tools.ts";

/** One of a result's sides, or the whole of an answer that is no result. */
export interface Side {
  readonly type: Parameters<typeof valueShape>[0];
  readonly shape: ValueShape;
}
export type Sides = { readonly ok?: Side; readonly err?: Side };

export function sidesOf(key: string, { result }: FunctionType): Sides {
  const side = (of: Side["type"] | undefined, what: string) =>
    of === undefined ? undefined : { type: of, shape: valueShape(of, `the ${what} of ${key}`) };
  const [ok, err] = isKind("result", result)
    ? [side(result.result.ok, "answer"), side(result.result.err, "err")]
    : [side(result, "answer"), undefined];
  return { ...(ok && { ok }), ...(err && { err }) };
}
