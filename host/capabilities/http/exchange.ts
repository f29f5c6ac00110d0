/** Exchanges: a plugin's request, and the redirects that it leads to, until there is an answer. */
import { Failure } from "../failure.ts";
import { type Allowed, entryFor } from "./allow-list.ts";
import { deniedHeader, followsElsewhere, given, type Header, isToken, isValue } from "./header-rules.ts";
import type { Policy } from "./policy.ts";
import { refusalOf } from "./reach.ts";
import type { HttpFault, HttpTransport, Reply } from "./transport.ts";

/** A request, as a plugin makes it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/** An answer, as a plugin gets it. */
export interface HttpResponse {
  readonly status: number;
  readonly url: string;
  readonly headers: Header[];
  readonly body: Uint8Array;
}

/** What is sent next. */
interface Step {
  readonly method: string;
  readonly url: URL;
  readonly entry: Allowed;
  /** The plugin's, by names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

export interface ExchangeOptions {
  readonly policy: Policy;
  readonly transport: HttpTransport;
  readonly signal: AbortSignal;
}

const LONGEST_URL = 8_192;
const MOST_HEADERS = 100;
const NOTHING = new Uint8Array(0);

/** @throws Failure, or the signal's reason */
export async function exchange(request: HttpRequest, options: ExchangeOptions): Promise<HttpResponse> {
  const { policy } = options;
  let step = admitted(request, policy);
  for (let followed = 0; ; followed++) {
    const reply = await sent(step, options);
    const location = locationOf(reply);
    if (location === undefined || policy.redirects === 0) return answerOf(step, reply);
    if (followed === policy.redirects) {
      throw failure("denied", `found more than ${policy.redirects} redirects (redirects)`);
    }
    step = redirected(step, { status: reply.status, location, policy });
  }
}

export function failure(fault: HttpFault, why: string, cause?: unknown): Failure<HttpFault> {
  return new Failure(fault, why, cause === undefined ? undefined : { cause });
}

/** The first step: all that a plugin says is checked here. @throws Failure */
function admitted({ method, url: text, headers, body }: HttpRequest, policy: Policy): Step {
  checkMethod(method, policy);
  if (text.length > LONGEST_URL) {
    throw failure("invalid", `found a URL of ${text.length} characters, wanted at most ${LONGEST_URL}`);
  }
  const url = parsed(text);
  if (!url) throw failure("invalid", "found a URL that cannot be read");
  const own = headersOf(headers, policy);
  let size = text.length + body.length;
  for (const [name, value] of own) size += name.length + value.length;
  if (size > policy.maxRequestBytes) {
    const found = `found a request of ${size} bytes`;
    throw failure("too-large", `${found}, wanted at most ${policy.maxRequestBytes} (maxRequestBytes)`);
  }
  if (body.length > 0 && (method === "GET" || method === "HEAD")) {
    throw failure("invalid", `found a body of ${body.length} bytes, and ${method} has none`);
  }
  return { method, url, entry: entryOf(url, policy), headers: own, body };
}

function checkMethod(method: string, { methods }: Policy): void {
  if (methods.has(method)) return;
  throw failure(
    "denied",
    `found the method ${method.slice(0, 64)}, wanted ${[...methods].join(", ")} (methods)`,
  );
}

/** @throws Failure when the address is not allowed */
function entryOf(url: URL, { allow }: Policy): Allowed {
  if (url.username !== "" || url.password !== "") {
    throw failure("denied", "found a URL with a user or a password in it");
  }
  const entry = entryFor(allow, url);
  if (entry) return entry;
  throw failure("denied", `found ${url.protocol}//${url.host}, which the host does not allow (allow)`);
}

function headersOf(given: readonly Header[], policy: Policy): ReadonlyMap<string, string> {
  if (given.length > MOST_HEADERS) {
    throw failure("too-large", `found ${given.length} headers, wanted at most ${MOST_HEADERS}`);
  }
  const headers = new Map<string, string>();
  for (const { name: text, value } of given) {
    const name = text.toLowerCase();
    if (!isToken(name)) throw failure("invalid", "found a header whose name is none");
    if (!isValue(value))
      throw failure("invalid", `found a value of the header ${name} that is no line of Latin-1`);
    const denied = deniedHeader(name, policy.headers);
    if (denied !== undefined) throw failure("denied", `found the header ${name}, ${denied}`);
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function sent({ method, url, entry, headers, body }: Step, options: ExchangeOptions): Promise<Reply> {
  const { policy, transport, signal } = options;
  return transport.send({
    url,
    method,
    headers: {
      ...(transport.checks && { "accept-encoding": "gzip, deflate, br" }),
      ...Object.fromEntries(headers),
      ...Object.fromEntries(entry.headers),
    },
    body,
    maxResponseBytes: policy.maxResponseBytes,
    maxHeaderBytes: policy.maxHeaderBytes,
    signal,
    refusal: (address) => refusalOf(url.hostname, address, policy),
    failure,
  });
}

/** Where an answer sends on to. */
function locationOf({ status, headers }: Reply): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  return headers.find(([name]) => name.toLowerCase() === "location")?.[1];
}

interface Redirect {
  readonly status: number;
  readonly location: string;
  readonly policy: Policy;
}

/** The step after a redirect. What the plugin said to one origin is not said to another. */
function redirected(step: Step, { status, location, policy }: Redirect): Step {
  const url = location.length > LONGEST_URL ? undefined : parsed(location, step.url);
  if (!url) throw failure("malformed", `${step.url.host} sends on to a URL that cannot be read`);
  const entry = entryOf(url, policy);
  const again = status === 307 || status === 308 || step.method === "GET" || step.method === "HEAD";
  const method = again || (status !== 303 && step.method !== "POST") ? step.method : "GET";
  checkMethod(method, policy);
  const elsewhere = url.origin !== step.url.origin;
  const body = method === step.method ? step.body : NOTHING;
  if (elsewhere && body.length > 0) {
    throw failure("denied", `${step.url.host} sends on to ${url.host}, which must not get the same body`);
  }
  const kept = [...step.headers].filter(
    ([name]) =>
      (!elsewhere || followsElsewhere(name)) && (method === step.method || !name.startsWith("content-")),
  );
  return { method, url, entry, headers: new Map(kept), body };
}

function answerOf({ url }: Step, { status, headers, body }: Reply): HttpResponse {
  return { status, url: url.href, headers: given(headers), body };
}

/** Without its fragment, which is not sent. @returns undefined for what is no URL of HTTP */
function parsed(text: string, base?: URL): URL | undefined {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    return undefined;
  }
  url.hash = "";
  return url.protocol === "https:" || url.protocol === "http:" ? url : undefined;
}
