/** Where a module comes from. */
import { read } from "#read";
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import { PluginError } from "../errors.ts";
import { readResponse } from "./read.ts";

/** A `file:` or `http(s):` URL, a response, the bytes, or a compiled module. */
export type Source = URL | Response | ArrayBuffer | Uint8Array | WasmModule;

/** What a source held, before anything of it was looked at. */
export type Fetched =
  | { readonly bytes: Uint8Array; readonly from: string }
  | { readonly module: WasmModule; readonly from: string };

export interface FetchOptions {
  /** Milliseconds until a source that does not answer is given up. @default 30_000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a source.
 *
 * @throws PluginError `not-found`; `unavailable` when trying later may help; `deadline`; `aborted`
 */
export async function fetchSource(source: Source, options: FetchOptions = {}): Promise<Fetched> {
  const { timeout = 30_000, signal } = options;
  if (source instanceof URL) {
    return inTime(String(source), { timeout, signal }, (either) => read(source, either));
  }
  if (isResponse(source)) {
    return inTime(source.url || "a response", { timeout, signal }, () => readResponse(source));
  }
  if (signal?.aborted) throw new PluginError("aborted", "could not read a module: the caller gave up");
  if (source instanceof WebAssembly.Module) return { module: source, from: "a compiled module" };
  // Copied: the caller may change its bytes while the module is compiled. (Node's own `slice` copies nothing.)
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source.slice(0)), from: "bytes" };
  if (source instanceof Uint8Array) return { bytes: new Uint8Array(source), from: "bytes" };
  const found =
    typeof source === "string"
      ? `the text "${source}"; use new URL(${JSON.stringify(source)}, import.meta.url)`
      : source === null
        ? "null"
        : typeof source;
  throw new PluginError(
    "not-found",
    `could not read a module: wanted a URL, bytes, a Response or a WebAssembly.Module, found ${found}`,
  );
}

/** Whether it was given as a source, and not as options. Responses are passed over: see below. */
export function isSource(value: unknown): boolean {
  return typeof value === "string" || value instanceof URL || isCode(value);
}

function isCode(value: unknown): boolean {
  return value instanceof Uint8Array || value instanceof ArrayBuffer || value instanceof WebAssembly.Module;
}

/** Asks what it is not first: Node reads the whole of its `fetch` when `Response` is looked at, which takes 30 ms. */
function isResponse(source: unknown): source is Response {
  if (isCode(source)) return false;
  return typeof Response !== "undefined" && source instanceof Response;
}

/** Reads under a deadline and the caller's signal; who reads may heed the signal that is both, and need not. */
async function inTime(
  from: string,
  { timeout, signal }: FetchOptions & { readonly timeout: number },
  reading: (either: AbortSignal) => Promise<Uint8Array>,
): Promise<Fetched> {
  const deadline = AbortSignal.timeout(timeout);
  const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const done = new AbortController();
  try {
    either.throwIfAborted();
    const given = new Promise<never>((_, reject) => {
      either.addEventListener("abort", () => reject(either.reason), { once: true, signal: done.signal });
    });
    return { bytes: await Promise.race([reading(either), given]), from };
  } catch (cause) {
    if (signal?.aborted)
      throw new PluginError("aborted", `could not read ${from}: the caller gave up`, { cause });
    if (deadline.aborted) {
      throw new PluginError("deadline", `could not read ${from}: it did not arrive within ${timeout} ms`, {
        cause,
      });
    }
    throw cause;
  } finally {
    done.abort();
  }
}
