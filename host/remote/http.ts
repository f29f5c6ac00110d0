/** HTTP/1.1: JSON for people, bytes between ourselves. */
import { PluginError } from "../errors.ts";
import { checkAmount, checkFlag, misfit } from "../option.ts";
import { checkTime } from "../timer.ts";
import { checkedTls, type TlsOptions } from "./certificates.ts";
import type { Dashboard } from "./dashboard.ts";
import { isOwn } from "./own-address.ts";
import { pluginSite } from "./plugin-site.ts";
import { MOST_BYTES, MOST_FILE_BYTES } from "./protocol.ts";
import type { Listening, Transport } from "./serve.ts";
import type { Site } from "./site.ts";
import { type TokenGrant, Tokens } from "./tokens.ts";
import type { Verb } from "./verb.ts";

export interface HttpOptions {
  /** @default 0: one that is free */
  readonly port?: number;
  /** The address to listen at. Others than this machine's own want a `token`. @default "127.0.0.1" */
  readonly host?: string;
  /**
   * Who sends it as a bearer token may call; several may be valid at a time. One with `verbs` grants those, and
   * nothing else.
   * @default none is asked for, and nothing but `call` is granted
   * @example [callers, { token: operators, verbs: ["swap", "rollback", "history", "status"] }]
   */
  readonly token?: string | TokenGrant | readonly (string | TokenGrant)[];
  /**
   * Serves over TLS: `https:`.
   * @default none: encrypt otherwise whatever leaves this machine
   */
  readonly tls?: TlsOptions;
  /**
   * Takes WebSockets too, on the same port: for pages, and for many calls at a time over one connection. In Node it
   * takes the package `ws`.
   * @default false
   */
  readonly webSocket?: boolean;
  /**
   * Offers to other programs with moult to send their calls as frames, all over one connection. Behind what shares out
   * connections, and not requests, each of them stays with one server: `false` keeps to requests.
   * @default true
   */
  readonly upgrade?: boolean;
  /**
   * Origins of pages that may open WebSockets: `["https://app.example.com"]`.
   * @default pages of the server's own origin
   */
  readonly origins?: readonly string[];
  /**
   * A page for the browser beside a plugin that is served, at `/dashboard/`: made by `dashboard` of
   * `moult/dashboard`.
   * @default none
   */
  readonly dashboard?: Dashboard;
  /** Bytes of a request's body, of memory that its arguments take, and of an answer. @default 16_777_216 */
  readonly maxBytes?: number;
  /** Bytes of a module that is sent to be swapped in, and of a snapshot. @default 134_217_728 */
  readonly maxFileBytes?: number;
  /** Bytes of requests that are being read and answers that are being sent, of all callers. @default 268_435_456 */
  readonly maxHeldBytes?: number;
  /** Calls that are under way or wait. @default 1_000 */
  readonly maxCalls?: number;
  /** @default 1_000 */
  readonly maxConnections?: number;
  /** Milliseconds in which a whole request has to come, and an answer to be taken. @default 30_000 */
  readonly requestTimeout?: number;
}

/** Serves anything over HTTP, and plugins. */
export interface HttpTransport extends Transport {
  readonly maxFileBytes: number;
  open(site: Site): Promise<Listening>;
  /**
   * The same for a page that people look at.
   *
   * @param open whether who comes from this machine without a token may look
   * @throws PluginError `argument` where nobody could, and where strangers could
   */
  show(site: Site, open: boolean): Promise<Listening>;
}

const DEFAULTS = {
  port: 0,
  host: "127.0.0.1",
  webSocket: false,
  upgrade: true,
  origins: [] as readonly string[],
  maxBytes: MOST_BYTES,
  maxFileBytes: MOST_FILE_BYTES,
  maxHeldBytes: 2 ** 28,
  maxCalls: 1_000,
  maxConnections: 1_000,
  requestTimeout: 30_000,
} as const;
/** Serves over HTTP, in Node, Deno and Bun. @throws PluginError `argument` */
export function http(options: HttpOptions = {}): HttpTransport {
  const given = { ...DEFAULTS, ...options };
  const { host, port, maxBytes, maxFileBytes, maxCalls } = given;
  checkAmount(port, "port", "a port from 0 to 65535", 65_535);
  for (const name of ["maxBytes", "maxFileBytes", "maxHeldBytes", "maxCalls", "maxConnections"] as const)
    checkAmount(given[name], name, "a number from 0 up");
  checkFlag(given.webSocket, "webSocket");
  checkFlag(given.upgrade, "upgrade");
  checkOrigins(given.origins);
  checkTime(given.requestTimeout, "requestTimeout");
  const tls = options.tls === undefined ? undefined : checkedTls(options.tls);
  const tokens = new Tokens(options.token);
  if (!tokens.any && !isOwn(host)) {
    const why = `everybody who reaches ${host} could call it; say a token, or listen at 127.0.0.1`;
    throw new PluginError("argument", `could not serve over HTTP: ${why}`);
  }
  const { dashboard } = options;
  if (dashboard) checkDashboard(dashboard, tokens, host);
  const openTo = async (site: Site, tokens: Tokens) => {
    const { listen } = await import("#http-server");
    return listen(site, { ...given, tls, tokens });
  };
  const show = async (site: Site, open: boolean) => {
    checkLooking(open, tokens, host);
    return openTo(site, open ? new Tokens(options.token, LOOK) : tokens);
  };
  return {
    maxBytes,
    maxFileBytes,
    maxCalls,
    open: (site) => openTo(site, tokens),
    show,
    listen: (service) => {
      const site = pluginSite(service);
      return dashboard ? show(dashboard.beside(site, service), dashboard.open) : openTo(site, tokens);
    },
  };
}

/** What an open dashboard shows. */
const LOOK: readonly Verb[] = ["status", "history"];

const COULD_SHOW = "could not serve a dashboard:";

/** @throws PluginError `argument` */
function checkDashboard({ beside, open }: Dashboard, tokens: Tokens, host: string): void {
  if (typeof beside !== "function")
    throw new PluginError("argument", `${COULD_SHOW} wanted what dashboard() of moult/dashboard makes`);
  checkLooking(open, tokens, host);
}

/** @throws PluginError `argument` for a page that nobody could look at, and one that strangers could */
function checkLooking(open: boolean, tokens: Tokens, host: string): void {
  if (open && !isOwn(host)) {
    const why = `everybody who reaches ${host} could look at it; leave open out, or listen at 127.0.0.1`;
    throw new PluginError("argument", `${COULD_SHOW} ${why}`);
  }
  if (open || LOOK.every((verb) => tokens.grant(verb))) return;
  const why = "nobody could look at it: say a token with the verbs status and history, or open";
  throw new PluginError("argument", `${COULD_SHOW} ${why}`);
}

/** @throws PluginError `argument` */
function checkOrigins(origins: unknown): void {
  const each = (origin: unknown) =>
    typeof origin === "string" && URL.canParse(origin) && new URL(origin).origin === origin;
  if (Array.isArray(origins) && origins.every(each)) return;
  throw misfit(origins, "origins", 'a list of origins, such as "https://app.example.com"');
}
