/** Authority: the header by which a registry knows who asks, as it wants it. */
import { printable } from "../../abi/printable.ts";
import { PluginError, reason } from "../errors.ts";
import { shownUrl } from "../module/address.ts";
import { now } from "../timer.ts";
import { drop, smallBody } from "./body.ts";
import { type Challenge, challengeIn } from "./challenge.ts";
import { basic, type Credentials } from "./credentials.ts";
import { isOwnHost, type Reach } from "./reach.ts";
import type { Asking } from "./store.ts";

/** What a token is good for. */
export type Action = "pull" | "pull,push";

export interface AuthorityOptions {
  readonly registry: URL;
  readonly repository: string;
  readonly reach: Reach;
  readonly credentials: () => Promise<Credentials | undefined>;
  /** Hosts beside the registry's own that may get a user and a password for a token. */
  readonly tokenHosts: readonly string[];
}

interface Token {
  readonly header: string;
  /** By the clock of `now`. */
  readonly until: number;
}

/** The most bytes of an answer with a token, and the most characters of one. */
const MOST_ANSWER = 65_536;
const MOST_TOKEN = 32_768;
/** Seconds that a token is good for where its server says nothing, and how early another one is fetched. */
const LIFE = 60;
const EARLY = 10;

export class Authority {
  readonly #options: AuthorityOptions;
  readonly #tokens = new Map<Action, Token>();

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  /** What was found out before, for requests to the registry itself. */
  known(action: Action): string | undefined {
    const token = this.#tokens.get(action);
    return token && token.until > now() ? token.header : undefined;
  }

  /**
   * The header that answers a challenge.
   *
   * @throws PluginError `denied` when there is none, `forbidden-source`, `unavailable`, `bad-peer`
   */
  async answer(response: Response, action: Action, asking: Asking): Promise<string> {
    drop(response);
    this.#tokens.delete(action);
    const challenge = challengeIn(response.headers.get("www-authenticate"));
    if (!challenge) throw this.#denied(asking, "it does not say how to sign in");
    const credentials = await this.#options.credentials();
    const token = await this.#headerFor(challenge, { credentials, action, asking });
    this.#tokens.set(action, token);
    return token.header;
  }

  async #headerFor(challenge: Challenge, given: Given): Promise<Token> {
    const { credentials, asking } = given;
    if (credentials) this.#checkSafe(this.#options.registry, asking);
    if (credentials && "token" in credentials)
      return { header: `Bearer ${credentials.token}`, until: Number.POSITIVE_INFINITY };
    if (challenge.scheme === "bearer") return this.#fetched(challenge, credentials, given);
    if (!credentials) throw this.#denied(asking, "it wants a user and a password; give credentials");
    return { header: basic(credentials), until: Number.POSITIVE_INFINITY };
  }

  async #fetched(
    { realm, service }: Challenge & { readonly scheme: "bearer" },
    credentials: { readonly username: string; readonly password: string } | undefined,
    { action, asking }: Given,
  ): Promise<Token> {
    const { repository, reach } = this.#options;
    const { from, signal } = asking;
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    if (!url)
      throw new PluginError("bad-peer", `could not read ${from}: its registry sends for a token to no URL`);
    await reach.admit(url, from, "its registry sends for a token to");
    if (credentials) this.#checkRealm(url, asking);
    const at = shownUrl(url);
    // What one asks for oneself, and not what the registry says: that could be another repository.
    url.searchParams.set("scope", `repository:${repository}:${action}`);
    if (service !== undefined) url.searchParams.set("service", service);
    if (credentials) url.searchParams.set("account", credentials.username);
    const headers = credentials ? { authorization: basic(credentials) } : {};
    let response: Response;
    try {
      response = await fetch(url, { headers, redirect: "manual", signal });
    } catch (cause) {
      signal.throwIfAborted();
      const why = `no token comes from ${at}: ${reason((cause as Error).cause ?? cause)}`;
      throw new PluginError("unavailable", `could not read ${from}: ${why}`, { cause });
    }
    const { status } = response;
    if (status === 401 || status === 403) {
      drop(response);
      const who = credentials ? `to the user ${printable(credentials.username, 256)}` : "without credentials";
      throw this.#denied(asking, `${at} gives no token ${who}`);
    }
    if (status !== 200) {
      drop(response);
      const code = status === 429 || status >= 500 ? "unavailable" : "bad-peer";
      throw new PluginError(code, `could not read ${from}: ${at} answers ${status} in place of a token`);
    }
    return tokenIn(await smallBody(response, MOST_ANSWER, `a token from ${at}`), from);
  }

  /** A user and a password go to the registry's own host, to one above or below it, and to those that are named. */
  #checkRealm(url: URL, asking: Asking): void {
    const { registry, tokenHosts } = this.#options;
    this.#checkSafe(url, asking);
    const own = registry.hostname;
    const { hostname } = url;
    const known = hostname === "auth.docker.io" && own === "registry-1.docker.io";
    if (hostname === own || below(hostname, own) || below(own, hostname) || known) return;
    if (tokenHosts.some((each) => each === url.host || each === hostname)) return;
    const say = `say tokenHosts: ["${url.host}"] (on the command line --token-host) if that is right`;
    throw new PluginError(
      "forbidden-source",
      `could not read ${asking.from}: its registry sends for a token to ${shownUrl(url)}, another host, which did not get your password; ${say}`,
    );
  }

  #checkSafe(url: URL, { from }: Asking): void {
    if (url.protocol === "https:" || isOwnHost(url.hostname)) return;
    throw new PluginError(
      "forbidden-source",
      `could not read ${from}: ${shownUrl(url)} is not https, and credentials are not sent there`,
    );
  }

  #denied({ from }: Asking, why: string): PluginError {
    return new PluginError(
      "denied",
      `could not use ${from}: ${this.#options.registry.host} did not let this program in: ${why}`,
    );
  }
}

interface Given {
  readonly credentials: Credentials | undefined;
  readonly action: Action;
  readonly asking: Asking;
}

/** Whether a host is below another one, which is not a whole country's. */
function below(host: string, above: string): boolean {
  return host.endsWith(`.${above}`) && above.includes(".");
}

/** @throws PluginError `bad-peer` */
function tokenIn(bytes: Uint8Array, from: string): Token {
  let json: {
    readonly token?: unknown;
    readonly access_token?: unknown;
    readonly expires_in?: unknown;
  } | null;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    json = null;
  }
  const token = json?.token ?? json?.access_token;
  if (typeof token !== "string" || token.length > MOST_TOKEN || !/^[!-~]+$/.test(token))
    throw new PluginError("bad-peer", `could not read ${from}: what came in place of a token is none`);
  const seconds = Number(json?.expires_in ?? LIFE);
  const life = Number.isFinite(seconds) ? Math.min(Math.max(seconds, LIFE), 3_600) : LIFE;
  return { header: `Bearer ${token}`, until: now() + (life - EARLY) * 1_000 };
}
