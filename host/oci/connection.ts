/** Connections: requests to a registry, with what it wants to know of who asks, and the redirects of its answers. */
import { PluginError, reason } from "../errors.ts";
import { causeWithoutSecrets, shownUrl, withoutSecrets } from "../module/address.ts";
import { rulesOf, type Sources } from "../trust/sources.ts";
import type { Action, Authority } from "./authority.ts";
import { drop } from "./body.ts";
import type { Reach } from "./reach.ts";
import type { Asking } from "./store.ts";

export interface Request extends Asking {
  readonly url: URL;
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly action: Action;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** Redirects of one request. */
const MOST = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

export interface ConnectionOptions {
  readonly registry: URL;
  readonly reach: Reach;
  readonly authority: Authority;
  /** Where redirects may lead. @default where `reach` lets them, since every content is checked by its digest */
  readonly sources?: Sources | undefined;
}

export class Connection {
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * Asks, signs in where that is wanted, and follows what only reads. What is told to the registry is not told to
   * another origin.
   *
   * @throws PluginError `unavailable`, `forbidden-source`, `denied`
   */
  async ask(request: Request): Promise<Response> {
    const { authority } = this.#options;
    const { action } = request;
    let at = request.url;
    let signedIn = false;
    for (let followed = 0; ; ) {
      const own = at.origin === this.#options.registry.origin;
      const response = await sent(request, at, own ? authority.known(action) : undefined);
      const { status, headers } = response;
      if (status === 401 && own && !signedIn) {
        signedIn = true;
        await authority.answer(response, action, request);
        continue;
      }
      const reads = request.method === "GET" || request.method === "HEAD";
      if (!REDIRECTS.includes(status) || !headers.has("location") || !reads) return response;
      drop(response);
      if (followed++ === MOST)
        throw new PluginError(
          "unavailable",
          `could not read ${request.from}: it redirects more than ${MOST} times`,
        );
      at = await this.led(at, headers.get("location")!, request);
    }
  }

  /**
   * Where an answer leads.
   *
   * @throws PluginError `forbidden-source`, `bad-peer`
   */
  async led(at: URL, location: string, asking: Asking): Promise<URL> {
    const { from } = asking;
    const { registry, reach, sources } = this.#options;
    const to = URL.canParse(location, at) ? new URL(location, at) : undefined;
    if (!to)
      throw new PluginError("bad-peer", `could not read ${from}: its registry leads to what is no URL`);
    if (to.origin === registry.origin) return to;
    const how = "its registry leads to";
    if (sources) {
      const rules = rulesOf(sources);
      const why = `${how} ${shownUrl(to)}, and sources does not say redirects: true`;
      if (!rules.redirects) throw new PluginError("forbidden-source", `could not read ${from}: ${why}`);
      rules.admit(to, `${how} it; `);
    }
    await reach.admit(to, from, how);
    return to;
  }
}

async function sent(request: Request, at: URL, authorization: string | undefined): Promise<Response> {
  const { method, headers, body, signal, from } = request;
  try {
    return await fetch(at, {
      method,
      // What is compressed on its way has another digest.
      headers: {
        "accept-encoding": "identity",
        ...headers,
        ...(authorization !== undefined && { authorization }),
      },
      ...(body && { body: body as Uint8Array<ArrayBuffer> }),
      redirect: "manual",
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw broken(cause, { from, at });
  }
}

/** The error for a connection that failed, or broke off. */
export function broken(
  cause: unknown,
  { from, at }: { readonly from: string; readonly at: URL },
): PluginError {
  const why = (cause as Error | undefined)?.cause;
  const detail =
    why instanceof Error && why.message !== "" ? `${reason(cause)}: ${reason(why)}` : reason(cause);
  return new PluginError(
    "unavailable",
    `could not read ${from}: ${at.host} did not answer: ${withoutSecrets(detail, at)}`,
    {
      cause: causeWithoutSecrets(cause, at),
    },
  );
}
