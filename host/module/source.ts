/** Sources of modules. */
import { read } from "#read";
import { describe } from "../../abi/canonical/memory.ts";
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import { allocating } from "../allocation.ts";
import { isPromise } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import { LazyPart } from "../lazy-part.ts";
import { checkBytes, checkSignal } from "../option.ts";
import { after, checkTime } from "../timer.ts";
import type { Proofs } from "../trust/demands.ts";
import { shownAddress, shownUrl, urlOf } from "./address.ts";
import { type Reading, type ReadModule, type SourceReader, tooLarge } from "./intake.ts";
import { isPlaced, type Placed } from "./placed.ts";
import { originOf, readResponse } from "./read.ts";

/**
 * A `file:` or `http(s):` URL, a response, the bytes, a compiled module, or what reads one from elsewhere; and one of
 * them `at` another place.
 */
export type Source = URL | Response | ArrayBuffer | Uint8Array | WasmModule | SourceReader | Placed;

/** The content of a source, before it is examined. */
export type Fetched =
  | { readonly bytes: Uint8Array; readonly from: string; readonly signatures?: readonly Uint8Array[] }
  | { readonly module: WasmModule; readonly from: string };

export interface FetchOptions extends Proofs {
  /** Milliseconds until a source that does not answer is given up; `Infinity` for never. @default 30_000 */
  readonly timeout?: number | undefined;
  /**
   * Bytes that a source may bring, counted after decoding; `Infinity` for any number. Reading ends as soon as
   * there are more.
   * @default 134_217_728 (128 MiB)
   */
  readonly maxSourceBytes?: number | undefined;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the bytes are compiled as they are, without limits in them. @default false */
  readonly compiles?: boolean | undefined;
  /** The name of the bytes in messages. @default "bytes" */
  readonly from?: string | undefined;
}

/** Larger modules are rare, and a source may never end. */
const MOST = 2 ** 27;

export const TRUST = new LazyPart(() => import("../trust/demands.ts"));

/**
 * Fetches a source.
 *
 * @throws PluginError `not-found`; `unavailable` when trying later may help; `too-large`; `forbidden-source`;
 * `integrity`; `untrusted`, `bad-signature`; `lock-differs`, `bad-lock`; `deadline`; `aborted`; `argument`
 */
export async function fetchSource(source: Source, options: FetchOptions = {}): Promise<Fetched> {
  const { integrity, signature, trust, sources, lock } = options;
  if ([integrity, signature, trust, sources, lock].every((each) => each === undefined))
    return fetchedFrom(source, options);
  const own = owned(source);
  const { proven } = await TRUST.load("could not read a module");
  return proven(own, options, (each, more) => fetchedFrom(each, { ...options, ...more, compiles: false }));
}

async function fetchedFrom(source: Source, options: FetchOptions): Promise<Fetched> {
  const { timeout = 30_000, maxSourceBytes: most = MOST, signal, sources, lock, from = "bytes" } = options;
  checkTime(timeout, "timeout");
  checkBytes(most, "maxSourceBytes");
  checkSignal(signal);
  const bounds = { most, sources, lock, timeout, signal, compiles: options.compiles };
  if (source instanceof URL)
    return inTime({ from: shownUrl(source), ...bounds }, (reading) => read(source, reading));
  if (isReader(source)) return inTime({ from: source.name, ...bounds }, (reading) => source.read(reading));
  if (isResponse(source))
    return inTime({ from: originOf(source), ...bounds }, (reading) => readResponse(source, reading));
  if (signal?.aborted) throw new PluginError("aborted", "could not read a module: the caller gave up");
  if (source instanceof WebAssembly.Module) return { module: source, from: "a compiled module" };
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return copied(source, most, from);
  throw new PluginError(
    "not-found",
    `could not read a module: wanted a URL, bytes, a Response or a WebAssembly.Module, found ${misfit(source)}`,
  );
}

/** The same source, which its caller cannot change any more. */
export function owned(source: Source): Source {
  if (source instanceof URL) return new URL(source);
  if (!(source instanceof ArrayBuffer || source instanceof Uint8Array)) return source;
  const copy = copied(source, Number.POSITIVE_INFINITY, "bytes");
  return "bytes" in copy ? copy.bytes : source;
}

/**
 * Copied, because the caller may change the bytes while the module is compiled. (`slice` of a Node buffer
 * does not copy.)
 */
function copied(source: ArrayBuffer | Uint8Array, most: number, from: string): Fetched {
  const { byteLength } = source;
  if (byteLength > most) throw tooLarge({ from, most }, byteLength);
  // A transferred buffer is empty, and cannot be read any more.
  if (byteLength === 0) return { bytes: new Uint8Array(0), from };
  const copy = () => new Uint8Array(source instanceof Uint8Array ? source : source.slice(0));
  return { bytes: allocating(`${byteLength} bytes for a module`, copy), from };
}

function misfit(source: unknown): string {
  if (isPromise(source)) {
    // The error is that a promise was passed; its own rejection is not reported.
    Promise.resolve(source).catch(() => {});
    return "a promise; await it first";
  }
  if (isPlaced(source)) return "a module at another place, which load, swap and mirror take";
  if (typeof source !== "string") return describe(source);
  const text = shownAddress(source);
  return `the text "${text}"; use ${urlOf(text, source)}`;
}

/** Whether an argument is a source, and not options. Responses are not looked for: see below. */
export function isSource(value: unknown): boolean {
  return (
    typeof value === "string" || value instanceof URL || isCode(value) || isReader(value) || isPlaced(value)
  );
}

function isReader(value: unknown): value is SourceReader {
  return typeof (value as Partial<SourceReader> | undefined)?.read === "function";
}

function isCode(value: unknown): boolean {
  return value instanceof Uint8Array || value instanceof ArrayBuffer || value instanceof WebAssembly.Module;
}

/**
 * Tests everything else first: in Node, the first use of `Response` loads all of `fetch`, which takes 30 ms.
 */
function isResponse(source: unknown): source is Response {
  if (isCode(source)) return false;
  return typeof Response !== "undefined" && source instanceof Response;
}

/**
 * Reads under a deadline and the caller's signal, both combined in the signal that `work` gets and may
 * ignore.
 */
async function inTime(
  {
    timeout,
    signal,
    ...reading
  }: Omit<Reading, "signal"> & {
    readonly timeout: number;
    readonly signal: AbortSignal | undefined;
  },
  work: (reading: Reading) => Promise<Uint8Array | ReadModule>,
): Promise<Fetched> {
  const { from } = reading;
  const over = new AbortController();
  const gone = () => {
    const cause: unknown = signal?.reason;
    over.abort(new PluginError("aborted", `could not read ${from}: the caller gave up`, { cause }));
  };
  const late = () => {
    over.abort(new PluginError("deadline", `could not read ${from}: it did not arrive within ${timeout} ms`));
  };
  signal?.addEventListener("abort", gone, { once: true });
  const end = after(timeout, late, { name: "timeout" });
  try {
    if (signal?.aborted) gone();
    over.signal.throwIfAborted();
    const given = new Promise<never>((_, reject) => {
      over.signal.addEventListener("abort", () => reject(over.signal.reason), { once: true });
    });
    const found = await Promise.race([work({ ...reading, signal: over.signal }), given]);
    return found instanceof Uint8Array ? { bytes: found, from } : { from, ...found };
  } catch (cause) {
    throw over.signal.aborted ? over.signal.reason : cause;
  } finally {
    end();
    signal?.removeEventListener("abort", gone);
  }
}
