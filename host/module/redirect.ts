/** Redirects of sources. This part is loaded when a server sends the first one. */
import { PluginError } from "../errors.ts";
import { rulesOf } from "../trust/sources.ts";
import { shownUrl } from "./address.ts";
import type { Reading } from "./intake.ts";

/** As many as `fetch` follows. */
const MOST = 20;

/** Asks for a URL. With `follow` the engine follows redirects itself; else they are answered as they are. */
export type Ask = (url: URL, redirect: "manual" | "follow") => Promise<Response>;

/** How a server is asked, and its answer read. */
export interface Asking {
  readonly ask: Ask;
  readonly readResponse: (response: Response, reading: Reading, url: URL) => Promise<Uint8Array>;
}

/**
 * The bytes that redirects lead to.
 *
 * @param first a redirect, or another answer that is no module, and the URL that it is of
 * @throws PluginError as `followed` and the reading do
 */
export async function readLast(
  first: Arrived,
  reading: Reading,
  { ask, readResponse }: Asking,
): Promise<Uint8Array> {
  const { response, url } = await followed(first, reading, ask);
  return readResponse(response, reading, url);
}

/** Browsers hide where a redirect leads, and that it is one of the server's answers. */
function isRedirect({ type, status, headers }: Response): boolean {
  return type === "opaqueredirect" || ([301, 302, 303, 307, 308].includes(status) && headers.has("location"));
}

/** A response to read, and the URL that it is of. */
export interface Arrived {
  readonly response: Response;
  readonly url: URL;
}

/**
 * Follows redirects as far as `sources` allow.
 *
 * @throws PluginError `forbidden-source` naming where it would have gone, as far as that is known;
 * `unavailable` for too many, and for what is no URL
 */
async function followed(first: Arrived, { from, sources }: Reading, ask: Ask): Promise<Arrived> {
  const rules = rulesOf(sources);
  const say = "say sources: { redirects: true } to follow it";
  const refuse = (why: string) => new PluginError("forbidden-source", `could not read ${from}: ${why}`);
  let { response, url: at } = first;
  for (let count = 0; isRedirect(response); count++) {
    void response.body?.cancel().catch(() => {});
    if (response.type === "opaqueredirect") {
      if (!rules.redirects) throw refuse(`the server redirects, and a browser does not say where; ${say}`);
      return arrived(await ask(at, "follow"), at, rules);
    }
    const to = target(response, at, from);
    const where = `the server redirects to ${shownUrl(to)}`;
    if (!rules.redirects) throw refuse(`${where}; give that URL, or ${say}`);
    if (to.protocol !== "https:" && to.protocol !== "http:")
      throw refuse(`${where}, which is not http or https`);
    if (!rules.secures(at, to))
      throw refuse(`${where}, from https to http; say schemes: ["https", "http"] to allow it`);
    rules.admit(to, `redirected from ${shownUrl(at)}; `);
    if (count === MOST)
      throw new PluginError("unavailable", `could not read ${from}: it redirects more than ${MOST} times`);
    // A user and a password are for the server that they were given for.
    if (to.origin === at.origin) [to.username, to.password] = [at.username, at.password];
    else [to.username, to.password] = ["", ""];
    at = to;
    response = await ask(at, "manual");
  }
  return { response, url: at };
}

/** What the engine has followed by itself: only the last URL is known. */
function arrived(response: Response, at: URL, rules: ReturnType<typeof rulesOf>): Arrived {
  const url = response.url === "" ? at : new URL(response.url);
  try {
    if (!rules.secures(at, url))
      throw new PluginError(
        "forbidden-source",
        `could not read ${shownUrl(at)}: the server redirects to ${shownUrl(url)}, from https to http`,
      );
    rules.admit(url, `redirected from ${shownUrl(at)}; `);
    return { response, url };
  } catch (error) {
    void response.body?.cancel().catch(() => {});
    throw error;
  }
}

function target({ headers }: Response, at: URL, from: string): URL {
  try {
    return new URL(headers.get("location") ?? "", at);
  } catch (cause) {
    const why = "the server redirects to what is no URL";
    throw new PluginError("unavailable", `could not read ${from}: ${why}`, { cause });
  }
}
