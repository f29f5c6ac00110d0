/** Reads a URL by `fetch`: in browsers, and for http and https in every runtime. */
import { PluginError } from "../errors.ts";
import { LazyPart } from "../lazy-part.ts";
import {
  authorization,
  causeWithoutSecrets,
  isDrive,
  shownAddress,
  urlOf,
  withoutCredentials,
  withoutSecrets,
} from "./address.ts";
import { COMPILED, Intake, type Reading, tooLarge } from "./intake.ts";

export const STREAMED = new LazyPart(() => import("./streamed.ts"));
/** From so many bytes on, compiling takes so long that it should begin before the last one came. */
const MANY = 2 ** 19;

export const REDIRECTS = new LazyPart(() => import("./redirect.ts"));

/**
 * Follows redirects only where the sources allow it.
 *
 * @throws PluginError `not-found`; `unavailable` when trying later may help; `too-large`; `forbidden-source`
 */
export async function read(url: URL, reading: Reading): Promise<Uint8Array> {
  const { signal, from } = reading;
  const ask = (at: URL, redirect: RequestRedirect) =>
    fetch(withoutCredentials(at), { signal, redirect, headers: authorization(at) }).catch((cause) => {
      signal.throwIfAborted();
      throw broken(cause, from, at);
    });
  const response = await ask(url, "manual");
  if (response.ok || response.status >= 400) return readResponse(response, reading, url);
  const { readLast } = await REDIRECTS.load("could not read a module");
  return readLast({ response, url }, reading, { ask, readResponse });
}

/** Where a response comes from, for messages. */
export function originOf({ url }: Response): string {
  return url === "" ? "a response" : shownAddress(url);
}

/**
 * The bytes of a response with a module; a status other than 2xx is an error.
 *
 * @throws PluginError `not-found`; `unavailable` when trying later may help; `too-large`
 */
export async function readResponse(response: Response, reading: Reading, url?: URL): Promise<Uint8Array> {
  const { from, most } = reading;
  const { ok, status, statusText, headers } = response;
  if (!ok) {
    drop(response);
    const gone = status === 404 || status === 410;
    const found = `the server answered ${status} ${statusText}`.trim();
    throw new PluginError(gone ? "not-found" : "unavailable", `could not read ${from}: ${found}`);
  }
  // The length says nothing about content that is decoded on its way.
  const size = headers.has("content-encoding") ? 0 : Number(headers.get("content-length"));
  if (size > most) {
    drop(response);
    throw tooLarge(reading, size);
  }
  try {
    return await bodyOf(response, reading, reading.compiles && size >= MANY);
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    throw broken(cause, from, url);
  }
}

/** @param meanwhile whether it is compiled while it comes, where the engine can */
async function bodyOf(response: Response, reading: Reading, meanwhile?: boolean): Promise<Uint8Array> {
  const intake = new Intake(reading);
  // Some engines have no streams; and `arrayBuffer` reports a body that was already read.
  if (!response.body || response.bodyUsed) {
    intake.add(new Uint8Array(await response.arrayBuffer()));
    return intake.all();
  }
  const canStream = meanwhile && "compileStreaming" in WebAssembly;
  const ahead = canStream ? (await STREAMED.load(`could not read ${reading.from}`)).streamed() : undefined;
  const reader = response.body.getReader();
  const end = () => void reader.cancel().catch(() => {});
  reading.signal.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        const all = intake.all();
        if (ahead) COMPILED.set(all, ahead.end());
        return all;
      }
      if (!ArrayBuffer.isView(value)) throw new TypeError("its body is not made of bytes");
      intake.add(value);
      ahead?.add(value);
    }
  } catch (error) {
    ahead?.drop(error);
    end();
    throw error;
  } finally {
    reading.signal.removeEventListener("abort", end);
  }
}

/** Releases the connection. */
function drop({ body }: Response): void {
  if (body && !body.locked) void body.cancel().catch(() => {});
}

/** Engines say "fetch failed" or "terminated", and give the reason in the cause. */
function broken(cause: unknown, from: string, url: URL | undefined): PluginError {
  const { message, cause: why } = cause instanceof Error ? cause : new Error(String(cause));
  const detail = why instanceof Error && why.message !== "" ? `${message}: ${why.message}` : message;
  const words = url ? withoutSecrets(detail, url) : detail;
  // Every engine reads these; of another scheme, trying later brings nothing.
  const code = /^(https?|data|blob|file):$/.test(url?.protocol ?? "data:") ? "unavailable" : "not-found";
  const hint = url && isDrive(url.href) ? `; use ${urlOf(url.href, url.href)}` : "";
  return new PluginError(code, `could not read ${from}: ${words}${hint}`, {
    cause: url ? causeWithoutSecrets(cause, url) : cause,
  });
}
