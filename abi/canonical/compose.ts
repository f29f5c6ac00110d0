/** From types to codecs. */

import { match, type ValueType } from "../type.ts";
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
 * @param place the beginning of messages: `parameter count`, `result`; empty inside a list, which adds its
 * own
 * @throws AbiError `manifest` for a type that the Component Model does not allow
 */
export function codec(type: ValueType, place: string): Codec {
  layout(type);
  return compose(type, place);
}

function compose(type: ValueType, place: string): Codec {
  return match(type, {
    primitive: (type) => (type === "string" ? stringCodec(place) : scalarCodec(type, place)),
    list: (type) => (type.length === undefined ? listCodec : arrayCodec)(type, place, compose),
    record: (type) => recordCodec(type, place, compose),
    tuple: (type) => tupleCodec(type, place, compose),
    option: (type) => optionCodec(type, place, compose),
    result: (type) => resultCodec(type, place, compose),
    enum: (type) => enumCodec(type, place),
    flags: (type) => flagsCodec(type, place),
    variant: (type) => variantCodec(type, place, compose),
    map: (type) => mapCodec(type, place, compose),
  });
}
