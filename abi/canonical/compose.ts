/** Types to codecs. */

import type { ValueType } from "../type.ts";
import { flagsCodec, recordCodec, tupleCodec } from "./aggregate.ts";
import type { Codec } from "./codec.ts";
import { layout } from "./layout.ts";
import { arrayCodec, listCodec, mapCodec } from "./list.ts";
import { scalarCodec } from "./scalar.ts";
import { stringCodec } from "./string.ts";
import { enumCodec, optionCodec, resultCodec, variantCodec } from "./variant.ts";

/**
 * Composes the codec of a type.
 *
 * @param place what messages begin with: `parameter count`, `result`; empty inside a list, which adds its own
 * @throws AbiError `manifest` for a type that the Component Model does not allow
 */
export function codec(type: ValueType, place: string): Codec {
  layout(type);
  return compose(type, place);
}

function compose(type: ValueType, place: string): Codec {
  if (type === "string") return stringCodec(place);
  if (typeof type === "string") return scalarCodec(type, place);
  if ("list" in type) {
    return type.length === undefined ? listCodec(type, place, compose) : arrayCodec(type, place, compose);
  }
  if ("map" in type) return mapCodec(type, place, compose);
  if ("record" in type) return recordCodec(type, place, compose);
  if ("tuple" in type) return tupleCodec(type, place, compose);
  if ("flags" in type) return flagsCodec(type, place);
  if ("enum" in type) return enumCodec(type, place);
  if ("option" in type) return optionCodec(type, place, compose);
  if ("result" in type) return resultCodec(type, place, compose);
  return variantCodec(type, place, compose);
}
