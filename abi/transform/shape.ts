/**
 * Shapes: the author's types, resolved. Everything that is made from a type comes from its shape: its WIT
 * type, its Avro schema, the code that lowers and lifts it, the code that saves and restores it.
 */

import type { Primitive } from "../type.ts";
import type { Range } from "./compiler.ts";

/**
 * In every shape `source` is the type in the spelling of the generated code, e.g.
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
  /** `Float64Array` and the like; `Uint8Array` is `bytes`. */
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
  /** `T | null` when nullable, otherwise the guest library's `Option<T>`. */
  | {
      readonly kind: "option";
      readonly source: string;
      readonly nullable: boolean;
      readonly element: Shape;
      readonly form?: Form;
    }
  /** The guest library's `Result<T, E>`, or without an ok value its `Outcome<E>`. */
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
      /** Its names in earlier versions: `@was`. */
      readonly aliases?: readonly string[];
    };

/**
 * The form of a shape that older data is read by (see `widen.ts`): `wide` where objects of older classes may
 * be inside, `led` where an object itself may be of an older class.
 */
export type Form = "wide" | "led";

export type PrimitiveShape = Extract<Shape, { kind: "primitive" }>;

export interface RecordShape {
  readonly kind: "record";
  readonly source: string;
  /** The author's name for it, unique within the module: `Totals`, `PairStringU32`. */
  readonly name: string;
  /**
   * Inherited fields first. For a recursive class (in states only) this is filled in after the shape itself
   * exists.
   */
  readonly fields: readonly FieldShape[];
  readonly range: Range;
  /** Marked `@shared`: its objects keep their identity in a state, however often they are held. */
  readonly shared?: boolean;
  /** Its names in earlier versions: `@was`. */
  readonly aliases?: readonly string[];
  /** Fields of earlier versions that it has dropped: `@dropped`. */
  readonly dropped?: readonly string[];
  /** From 2 on: its fields have another meaning than before, whatever their types. */
  readonly revision?: number;
  readonly form?: Form;
  /** With the form `led`: the possible classes of the data, the newest first. */
  readonly branches?: readonly RecordShape[];
  /** The name of a class that extends this one, if any: its additional fields do not cross. */
  readonly subclass?: string;
}

export interface FieldShape {
  readonly name: string;
  readonly shape: Shape;
  /**
   * The default for older data without the field, in Avro's JSON form. Missing when the initializer is
   * neither a literal nor an empty collection: the field then cannot be added without a step.
   */
  readonly initial?: unknown;
  /** Its names in earlier versions: `@was`. */
  readonly aliases?: readonly string[];
  readonly range: Range;
}

export interface FunctionShape {
  /** The author's name: `topPaths`. */
  readonly name: string;
  /** Its name in generated code. */
  readonly source: string;
  readonly params: readonly { readonly name: string; readonly shape: Shape }[];
  /** Missing for `void`. */
  readonly result?: Shape;
  /** The doc comment above an export. */
  readonly docs?: string;
  readonly range: Range;
}

/** The description of the author's program. */
export interface PluginShape {
  readonly exports: readonly FunctionShape[];
  readonly imports: readonly { readonly interface: string; readonly functions: readonly FunctionShape[] }[];
  readonly state?: StateShape;
}

/** The `@state` root, and the older roots that lead to it by `static from(old)`. */
export interface StateShape {
  readonly root: RecordShape;
  /**
   * In order of the chain; `to` is the class that its `from` makes: `"root"` or another migration's index.
   */
  readonly migrations: readonly StepShape[];
  /** The steps of classes inside these. */
  readonly nested?: readonly StepShape[];
}

/** `static from(old: From): To`. */
export interface StepShape {
  readonly from: RecordShape;
  readonly to: RecordShape;
  /** The range of the word `from`. */
  readonly range: Range;
}
