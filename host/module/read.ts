/** Reads a URL by `fetch`: browsers, and every runtime's http and https. */
import { PluginError } from "../errors.ts";

/** @throws PluginError `not-found`, or `unavailable` when trying later may help */
export async function read(url: URL, signal: AbortSignal): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw broken(url, cause);
  }
  return readResponse(response, String(url));
}

/** The bytes of a response that is a module; any other status is an error. */
export async function readResponse(
  response: Response,
  url = response.url || "a response",
): Promise<Uint8Array> {
  if (response.ok) {
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      throw broken(url, cause);
    }
  }
  const gone = response.status === 404 || response.status === 410;
  const found = `the server answered ${response.status} ${response.statusText}`.trim();
  throw new PluginError(gone ? "not-found" : "unavailable", `could not read ${url}: ${found}`);
}

/** Engines say "fetch failed" or "terminated", and why in the cause. */
function broken(url: URL | string, cause: unknown): PluginError {
  const { message, cause: why } = cause as Error;
  const detail = why instanceof Error && why.message !== "" ? `${message}: ${why.message}` : message;
  return new PluginError("unavailable", `could not read ${url}: ${detail}`, { cause });
}
