/** Reading the bytes of a source, up to a limit. */
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import { allocating } from "../allocation.ts";
import { PluginError } from "../errors.ts";
import type { Lock } from "../trust/lock.ts";
import type { Sources } from "../trust/sources.ts";

/** One reading of a source. */
export interface Reading {
  /** Where the bytes come from, for messages. */
  readonly from: string;
  /** The most bytes that may come, counted after decoding. */
  readonly most: number;
  /** Where redirects may lead. @default nowhere */
  readonly sources?: Sources | undefined;
  /** What names of versions stand for, where a lock says so. @default what they stand for now */
  readonly lock?: Lock | undefined;
  /** Whether the bytes will be compiled as they are, so that an engine may begin before the last one came. */
  readonly compiles?: boolean | undefined;
  /** Ends the reading when its result is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Modules that were compiled while their bytes came, by those bytes. */
export const COMPILED: WeakMap<Uint8Array, Promise<WasmModule>> = new WeakMap();

/** A source of another kind, such as a registry: `oci(...)` of `moult/oci` makes one. */
export interface SourceReader {
  /** Where it leads: the option `sources` is asked about it. */
  readonly url: URL;
  /** Its name in messages. */
  readonly name: string;
  /** Reads it as it is now. It keeps to `most` bytes, and gives them away. */
  read(reading: Reading): Promise<ReadModule>;
}

export interface ReadModule {
  readonly bytes: Uint8Array;
  /** A name that says more than the source's own: which version it stood for. @default the source's own */
  readonly from?: string;
  /** Signatures that came with it, apart from those in it. @default none */
  readonly signatures?: readonly Uint8Array[];
}

/** Collects chunks until the source ends, or exceeds the limit. */
export class Intake {
  readonly #reading: Reading;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** @throws PluginError `too-large` */
  add(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.#reading.most) throw tooLarge(this.#reading);
    this.#chunks.push(chunk);
  }

  /** All bytes, in one piece. @throws PluginError `no-memory` */
  all(): Uint8Array {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first) return first;
    const all = allocating(`${this.#size} bytes for a module`, () => new Uint8Array(this.#size));
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

/** @param size the size of the whole, where it is known */
export function tooLarge({ from, most }: Pick<Reading, "from" | "most">, size?: number): PluginError {
  const found = size === undefined ? `more than ${most}` : `${size}`;
  return new PluginError(
    "too-large",
    `could not read ${from}: found ${found} bytes, wanted at most ${most} (the option maxSourceBytes)`,
  );
}
