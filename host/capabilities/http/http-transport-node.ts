/**
 * The transport of Node, Deno and Bun. The name is resolved here, and the address that was looked at is the one
 * that is connected to: nothing asks for it a second time.
 */
import { lookup } from "node:dns/promises";
import * as http from "node:http";
import * as https from "node:https";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import type { Hop, HttpTransport, Reply } from "./transport.ts";

/** The addresses of a name, in order of preference. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** @param resolve stands in for the system's resolver in tests */
export function httpTransport(resolve: Resolve = ofSystem): HttpTransport {
  return { checks: true, send: (hop) => send(hop, resolve) };
}

async function ofSystem(hostname: string): Promise<string[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/** Addresses that are tried one after the other. */
const MOST_ADDRESSES = 4;
/** Milliseconds for a connection to the first of several addresses, before the next is tried. */
const PATIENCE = 2_000;

async function send(hop: Hop, resolve: Resolve): Promise<Reply> {
  const addresses = await addressesOf(hop, resolve);
  for (const [i, address] of addresses.entries()) {
    const last = i === addresses.length - 1;
    try {
      return await attempt(hop, address, last ? Number.POSITIVE_INFINITY : PATIENCE);
    } catch (error) {
      if (!(error instanceof Unconnected)) throw error;
      if (last) throw unreachable(hop, error.cause);
    }
  }
  throw hop.failure("unreachable", `${hop.url.hostname} has no address`);
}

/** Nothing was sent, so that another address may be tried. */
class Unconnected extends Error {}

/** @throws when no address may be connected to */
async function addressesOf({ url, signal, refusal, failure }: Hop, resolve: Resolve): Promise<string[]> {
  const { hostname } = url;
  const literal = /^\[(.*)\]$/.exec(hostname)?.[1] ?? (/^[\d.]+$/.test(hostname) ? hostname : undefined);
  let found: readonly string[];
  try {
    found = literal === undefined ? await aborting(resolve(hostname), signal) : [literal];
  } catch (cause) {
    signal.throwIfAborted();
    throw failure("unreachable", `${hostname} was not found (${codeOf(cause)})`, cause);
  }
  const open = found.filter((address) => refusal(address) === undefined);
  if (open.length === 0 && found.length > 0) throw failure("denied", refusal(found[0]!)!);
  return open.slice(0, MOST_ADDRESSES);
}

function aborting<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  });
}

async function attempt(hop: Hop, address: string, patience: number): Promise<Reply> {
  const { url, method, headers, body, signal, maxHeaderBytes } = hop;
  signal.throwIfAborted();
  const secure = url.protocol === "https:";
  const isName = !/^\[|^[\d.]+$/.test(url.hostname);
  const request = (secure ? https : http).request({
    host: address,
    port: url.port || (secure ? 443 : 80),
    path: url.pathname + url.search,
    method,
    headers: { ...headers, host: url.host, ...lengthOf(method, body) },
    // No connection is kept, and none of another request's is used.
    agent: false,
    setHost: false,
    maxHeaderSize: maxHeaderBytes,
    ...(secure && isName && { servername: url.hostname }),
  });
  try {
    const response = await answered(request, hop, patience);
    return await replyOf(response, hop);
  } finally {
    // Bodies that nobody reads, and connections that nobody needs. What they end with has been told.
    request.on("error", () => {});
    request.destroy();
  }
}

/** Of a body that is empty too, where the method is one of those that have one. */
function lengthOf(method: string, body: Uint8Array): Record<string, string> {
  return body.length > 0 || /^P(OST|UT|ATCH)$/.test(method) ? { "content-length": `${body.length}` } : {};
}

function answered(request: http.ClientRequest, hop: Hop, patience: number): Promise<http.IncomingMessage> {
  const { signal, body } = hop;
  return new Promise<http.IncomingMessage>((resolve, reject) => {
    let connected = false;
    const abort = () => reject(signal.reason);
    const impatient = () => reject(new Unconnected("it took too long", { cause: { code: "ETIMEDOUT" } }));
    const timer = Number.isFinite(patience) ? setTimeout(impatient, patience) : undefined;
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort);
    request.on("socket", (socket) => {
      const connect = () => {
        connected = true;
        clearTimeout(timer);
      };
      if (socket.connecting) socket.once("connect", connect);
      else connect();
    });
    request.on("close", () => reject(unreachable(hop, { code: "ECONNRESET" })));
    request.on("error", (cause) => {
      settle();
      reject(connected ? unreachable(hop, cause) : new Unconnected("it was not reached", { cause }));
    });
    request.on("response", (response) => {
      settle();
      resolve(response);
    });
    request.end(body.length > 0 ? body : undefined);
  });
}

/** Reads an answer. The signal goes on to count. */
async function replyOf(response: http.IncomingMessage, hop: Hop): Promise<Reply> {
  const { signal, method, maxHeaderBytes, failure } = hop;
  const headers = pairs(response.rawHeaders);
  const size = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > maxHeaderBytes) throw failure("too-large", headersOver(maxHeaderBytes));
  const status = response.statusCode ?? 0;
  const empty = method === "HEAD" || status === 204 || status === 304;
  const abort = () => response.destroy(signal.reason as Error);
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    return { status, headers, body: empty ? new Uint8Array(0) : await bodyOf(response, hop) };
  } catch (cause) {
    signal.throwIfAborted();
    throw cause instanceof Error && cause.name === "Failure" ? cause : unreachable(hop, cause);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function bodyOf(response: http.IncomingMessage, hop: Hop): Promise<Uint8Array> {
  const { maxResponseBytes, failure } = hop;
  const tooLarge = (size: number, what: string) =>
    failure(
      "too-large",
      `found ${what} of ${size} bytes or more, wanted at most ${maxResponseBytes} (maxResponseBytes)`,
    );
  const announced = Number(response.headers["content-length"] ?? 0);
  if (announced > maxResponseBytes) throw tooLarge(announced, "an answer");
  const chunks: Buffer[] = [];
  const counting = (what: string) =>
    async function* (source: AsyncIterable<string | Buffer>) {
      let size = 0;
      for await (const chunk of source) {
        size += chunk.length;
        if (size > maxResponseBytes) throw tooLarge(size, what);
        yield chunk;
      }
    };
  const collect = async (source: AsyncIterable<string | Buffer>) => {
    for await (const chunk of source) chunks.push(chunk as Buffer);
  };
  const decoder = decoderOf(response, hop);
  if (!decoder) await pipeline(response, counting("an answer"), collect);
  else await pipeline(response, counting("an answer"), decoder, counting("a decoded answer"), collect);
  return new Uint8Array(Buffer.concat(chunks));
}

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: zlib.createGunzip,
  "x-gzip": zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
};

function decoderOf({ headers }: http.IncomingMessage, { failure }: Hop): NodeJS.ReadWriteStream | undefined {
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity" || headers["content-length"] === "0") return undefined;
  if (Object.hasOwn(DECODERS, encoding)) return DECODERS[encoding]!();
  throw failure("malformed", `found the content encoding ${encoding}, wanted gzip, deflate or br`);
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: raw.length >> 1 }, (_, i) => [raw[2 * i]!, raw[2 * i + 1]!]);
}

function headersOver(most: number): string {
  return `found headers of more than ${most} bytes (maxHeaderBytes)`;
}

/** The error for a connection that failed. Its message may name addresses, so only its code is told. */
function unreachable({ url, failure, maxHeaderBytes }: Hop, cause: unknown): Error {
  const code = codeOf(cause);
  if (code === "HPE_HEADER_OVERFLOW") return failure("too-large", headersOver(maxHeaderBytes), cause);
  if (/^(HPE_|Z_|ERR_BROTLI|ERR__ERROR)/.test(code)) {
    return failure("malformed", `${url.host} answered what is no HTTP (${code})`, cause);
  }
  return failure("unreachable", `${url.host} did not answer (${code})`, cause);
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && /^\w+$/.test(code) ? code : "no code";
}
