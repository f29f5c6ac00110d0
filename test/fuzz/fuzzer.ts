/** A fuzzer: random inputs of one kind, and what has to be true of each. */
import fc from "fast-check";
import { AbiError } from "../../abi/error.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { Damage } from "../../host/durable/file/journal-format.ts";
import { PluginError } from "../../host/mod.ts";

export interface Fuzzer {
  readonly name: string;
  /** What is given to what, for people. */
  readonly what: string;
  /** Inputs in the tests; `npm run fuzz` gives as many as fit into its time. */
  readonly few: number;
  /** What has to be true of each input. Made once, before the first. */
  property(): Promise<Property>;
}

export type Property = fc.IRawProperty<unknown>;

/** A property of one input. @param holds throws where it does not */
export function property<T>(inputs: fc.Arbitrary<T>, holds: (input: T) => unknown): Property {
  return fc.asyncProperty(inputs, async (input) => void (await holds(input))) as Property;
}

/** Changes of a file: one after the other, bytes at a place are replaced by others. */
export interface Changes {
  readonly edits: readonly Edit[];
  /** Whether as many bytes are replaced as are put, so that what follows keeps its place. */
  readonly inPlace: boolean;
  /** The share of it that is left in the end. */
  readonly left: number;
}

interface Edit {
  /** The place, as a share of the file's length. */
  readonly at: number;
  readonly removed: number;
  readonly put: Uint8Array;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const numbers = fc
  .constantFrom([0], [1], [0x7f], [0x80], [0xff], [0x80, 1], [0xff, 0xff, 0xff, 0xff, 0x0f], [0, 0, 0, 0x80])
  .map((bytes) => Uint8Array.from(bytes));
const edit: fc.Arbitrary<Edit> = fc.record({
  at: share,
  removed: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 400 })),
  put: fc.oneof(numbers, fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.uint8Array({ maxLength: 40 })),
});
export const changes: fc.Arbitrary<Changes> = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 5 }),
  inPlace: fc.boolean(),
  left: fc.oneof({ arbitrary: fc.constant(1), weight: 7 }, share),
});

/** The changed file. @param from the first byte that may be another */
export function applied(
  { edits, inPlace, left }: Changes,
  file: Uint8Array,
  from = 0,
): Uint8Array<ArrayBuffer> {
  let bytes = file;
  for (const { at, removed, put } of edits) {
    const start = Math.min(bytes.length, from + Math.floor(at * Math.max(0, bytes.length - from)));
    const end = Math.min(bytes.length, start + (inPlace ? put.length : removed));
    bytes = Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(end)]);
  }
  return Uint8Array.from(bytes.subarray(0, Math.max(from, Math.floor(left * bytes.length))));
}

/** One of the files, changed. */
export function changed(files: readonly Uint8Array[], from = 0): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.tuple(fc.nat(files.length - 1), changes).map(([n, each]) => applied(each, files[n]!, from));
}

/** Errors of these classes accuse what was given. Anything else is a fault of the reader's. */
const ACCUSING = { AbiError, Damage, Malformed, PluginError } as const;

/**
 * Runs a reader on what may be broken.
 *
 * @returns what it read; nothing where it refused
 * @throws what is no refusal: another error, one of `internal`, or one that cannot be shown on a line
 */
export async function readOrRefused<T>(
  read: () => T | Promise<T>,
  ...classes: (keyof typeof ACCUSING)[]
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error) || !classes.some((each) => error instanceof ACCUSING[each])) throw error;
    if (error instanceof PluginError && error.code === "internal") throw error;
    const [first = ""] = error.message.split("\n\n");
    if (/\p{Cc}/u.test(first) || first.length > 20_000)
      throw new Error(`its error cannot be shown on a line: ${JSON.stringify(first.slice(0, 500))}`);
    return undefined;
  }
}
