/** What a server of HTTP answers for: a plugin, or something else that is used from other processes. */
import { type ErrorCode, PluginError } from "../errors.ts";
import { problemOf, typeOf } from "./problem.ts";
import { JSON_TYPE, PROBLEM } from "./protocol.ts";
import type { SignalLike } from "./request-signal.ts";
import type { Rights } from "./tokens.ts";
import type { Trace } from "./trace.ts";
import type { Verb } from "./verb.ts";

export interface Site {
  /** What it is, for messages: the name of a plugin. */
  readonly name: string;
  /** Whether it takes more requests. */
  readonly ready: boolean;
  /** What a request has to be granted; nothing where every token may have it. @default "call" for all of them */
  needs?(request: Request): Verb | undefined;
  /** What everybody may have, without a token: the files of a page. */
  shown?(request: Request): Promise<Reply> | undefined;
  /** @param rights what the request may do @throws PluginError what `refused` tells of */
  answer(request: Request, rights: Rights): Promise<Reply>;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  /** What follows the path. */
  readonly query: URLSearchParams;
  /** Its `Content-Type`. */
  readonly type: string | undefined;
  /** Where it belongs in its caller's trace. */
  readonly trace: Trace | undefined;
  /** Fires when its caller leaves before it is answered. */
  readonly signal: SignalLike;
  /** @param of what its bytes are, by which they are bounded @default "call" @throws PluginError `too-large` */
  body(of?: Content): Promise<Uint8Array>;
}

/** What a request is for, where little has to be made of it: most are calls. */
const PLAIN = /^(\/(?!\/)[\w/-]*)(?:\?([\w=&-]*))?$/;

/** @param target of a request, as it stands in its first line */
export function placeOf(target: string): Pick<Request, "path" | "query"> {
  const [, path, query = ""] = PLAIN.exec(target) ?? [];
  if (path !== undefined) return { path, query: new URLSearchParams(query) };
  const { pathname, searchParams } = new URL(target, "http://localhost");
  return { path: pathname, query: searchParams };
}

/** What bytes are: values of a call and facts (`maxBytes`), or a module or a state (`maxFileBytes`). */
export type Content = "call" | "file";

export interface Bounds {
  /** Bytes of a call and of facts. */
  readonly maxBytes: number;
  /** Bytes of a module and of a state. */
  readonly maxFileBytes: number;
}

/** How many bytes there may be of something, and which option says so. */
export function boundOf(of: Content | undefined, { maxBytes, maxFileBytes }: Bounds) {
  return of === "file"
    ? { most: maxFileBytes, option: "maxFileBytes" }
    : { most: maxBytes, option: "maxBytes" };
}

/** A body that is too large. @param found `300 bytes or more` */
export function tooLarge(found: string, { most, option }: ReturnType<typeof boundOf>): PluginError {
  const why = `found ${found}, wanted at most ${most} (${option})`;
  return new PluginError("too-large", `could not read the request: ${why}`);
}

/** What a request may do, or why it may do nothing. */
export type Admission = { readonly rights: Rights } | { readonly denial: string };

export interface Reply {
  readonly status: number;
  readonly type?: string;
  /** @default "call" */
  readonly content?: Content;
  readonly body: Uint8Array;
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether more requests of its kind may come as frames. @default false */
  readonly isFramed?: boolean;
}

const TEXT = new TextEncoder();

/** @throws PluginError `too-large` for an answer that is */
export function bounded(reply: Reply, given: Bounds & { readonly site: Site }): Reply {
  const { length } = reply.body;
  const { most, option } = boundOf(reply.content, given);
  if (length <= most) return reply;
  const why = `found ${length} bytes, wanted at most ${most} (${option}); ${given.site.name} was called`;
  throw new PluginError("too-large", `could not send the answer: ${why}`);
}

/**
 * The answer of a site to a request, or to one of its server itself: whether it lives, and takes requests.
 *
 * @throws PluginError `denied`; those of the site
 */
export async function answered(site: Site, request: Request, admission: Admission): Promise<Reply> {
  const { path } = request;
  if (path === "/live" || path === "/ready") {
    const up = path === "/live" || site.ready;
    return inJson(up ? 200 : 503, { [path.slice(1)]: up });
  }
  const shown = site.shown?.(request);
  if (shown) return shown;
  if ("denial" in admission)
    throw new PluginError("denied", `could not use ${site.name}: ${admission.denial}`);
  const { rights } = admission;
  const needed = site.needs ? site.needs(request) : "call";
  if (needed !== undefined && !rights.has(needed)) {
    const why = `it wants the right to ${needed}, found ${[...rights].join(", ")}; the server did nothing`;
    return problem(403, "denied", `could not ${needed} ${site.name}: ${why}`);
  }
  return site.answer(request, rights);
}

/** The answer to a request that failed. */
export function refused(error: unknown): Reply {
  const known =
    error instanceof PluginError
      ? error
      : new PluginError("internal", "could not answer the request", { cause: error });
  const told = problemOf(known);
  return inJson(told.status, told, PROBLEM);
}

export function wrongMethod(...wanted: readonly string[]): Reply {
  const told = problem(405, "argument", `wanted the method ${wanted.join(" or ")}`);
  // Where a resource can be read, its headers alone can be, too.
  const allowed = wanted.includes("GET") ? [...wanted, "HEAD"] : wanted;
  return { ...told, headers: { Allow: allowed.join(", ") } };
}

/** @param places what there is: `/, /live and /ready` */
export function notThere(places: string): Reply {
  return inJson(404, { title: "not-found", status: 404, detail: `there are ${places}` }, PROBLEM);
}

/** What is wrong with a request that reached nothing. */
export function problem(status: number, title: ErrorCode, detail: string): Reply {
  return inJson(status, { type: typeOf(title), title, status, detail }, PROBLEM);
}

export function inJson(status: number, json: unknown, type: string = JSON_TYPE): Reply {
  return { status, type, body: TEXT.encode(`${JSON.stringify(json)}\n`) };
}
