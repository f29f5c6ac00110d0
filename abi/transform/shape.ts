/**
 * Shapes: the author's types, resolved. One shape is the source of everything that is made from a type:
 * its WIT type, its Avro schema, the code that lowers and lifts it, the code that saves and restores it.
 */

import type { Primitive } from "../type.ts";
import type { Range } from "./compiler.ts";

/**
 * In every shape `source` is the type as the generated code must spell it, e.g.
 * `Map<~lib/string/String,__m3>`.
 */
export type Shape =
  | { readonly kind: "primitive"; readonly source: string; readonly primitive: Exclude<Primitive, "char"> }
  /** `Uint8Array`, `ArrayBuffer`, `StaticArray<u8>`. */
  | {
      readonly kind: "bytes";
      readonly source: string;
      readonly container: "Uint8Array" | "ArrayBuffer" | "StaticArray";
    }
  /** `Float64Array` and its kin; `Uint8Array` is `bytes`. */
  | { readonly kind: "typed"; readonly source: string; readonly element: PrimitiveShape }
  | { readonly kind: "list"; readonly source: string; readonly element: Shape; readonly form?: Form }
  | { readonly kind: "set"; readonly source: string; readonly element: Shape; readonly form?: Form }
  | {
      readonly kind: "map";
      readonly source: string;
      readonly key: Shape;
      readonly value: Shape;
      readonly form?: Form;
    }
  | RecordShape
  /** `T | null` when nullable, else the guest library's `Option<T>`. */
  | {
      readonly kind: "option";
      readonly source: string;
      readonly nullable: boolean;
      readonly element: Shape;
      readonly form?: Form;
    }
  /** The guest library's `Result<T, E>`, or with nothing that is ok its `Outcome<E>`. */
  | {
      readonly kind: "result";
      readonly source: string;
      readonly ok: Shape | undefined;
      readonly err: Shape;
    }
  | {
      readonly kind: "enum";
      readonly source: string;
      readonly name: string;
      /** The author's names, in order of their values, which are 0, 1, 2 ... */
      readonly cases: readonly string[];
      readonly range: Range;
      /** What it was called in earlier versions: `@was`. */
      readonly aliases?: readonly string[];
    };

/**
 * Of a shape that older data is read by (see `widen.ts`): `wide` where objects of older classes may lie in it,
 * `led` where one itself may be of an older class.
 */
export type Form = "wide" | "led";

export type PrimitiveShape = Extract<Shape, { kind: "primitive" }>;

export interface RecordShape {
  readonly kind: "record";
  readonly source: string;
  /** The author's name for it, unique within the module: `Totals`, `PairStringU32`. */
  readonly name: string;
  /**
   * Inherited fields first. Of a recursive class (state only) this is filled in after the shape itself
   * exists.
   */
  readonly fields: readonly FieldShape[];
  readonly range: Range;
  /** Marked `@shared`: its objects keep their identity in a state, whatever leads to them. */
  readonly shared?: boolean;
  /** What it was called in earlier versions: `@was`. */
  readonly aliases?: readonly string[];
  /** Fields of earlier versions that it does without: `@dropped`. */
  readonly dropped?: readonly string[];
  /** From 2 on: what its fields mean is not what they meant before, whatever their types say. */
  readonly revision?: number;
  readonly form?: Form;
  /** With the form `led`: the classes of which the data may be, the newest first. */
  readonly branches?: readonly RecordShape[];
  /** The name of a class that extends this one, if any: what is more in it does not cross. */
  readonly subclass?: string;
}

export interface FieldShape {
  readonly name: string;
  readonly shape: Shape;
  /**
   * What an Avro reader puts where older data has no such field, as Avro's JSON form of a default.
   * Absent when the initializer is no literal and no empty collection: the field cannot be added implicitly.
   */
  readonly initial?: unknown;
  /** What it was called in earlier versions: `@was`. */
  readonly aliases?: readonly string[];
  readonly range: Range;
}

export interface FunctionShape {
  /** The author's name: `topPaths`. */
  readonly name: string;
  /** The name by which generated code calls it. */
  readonly source: string;
  readonly params: readonly { readonly name: string; readonly shape: Shape }[];
  /** Absent for `void`. */
  readonly result?: Shape;
  /** The doc comment above an export. */
  readonly docs?: string;
  readonly range: Range;
}

/** What is kept of the author's program. */
export interface PluginShape {
  readonly exports: readonly FunctionShape[];
  readonly imports: readonly { readonly interface: string; readonly functions: readonly FunctionShape[] }[];
  readonly state?: StateShape;
}

/** The `@state` root, and the older roots that lead to it by `static from(old)`. */
export interface StateShape {
  readonly root: RecordShape;
  /** In order of the chain; `to` is where its `from` leads: `"root"` or another migration's index. */
  readonly migrations: readonly StepShape[];
  /** The steps of classes inside these. */
  readonly nested?: readonly StepShape[];
}

/** `static from(old: From): To`. */
export interface StepShape {
  readonly from: RecordShape;
  readonly to: RecordShape;
  /** Of the word `from`. */
  readonly range: Range;
}
