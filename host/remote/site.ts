/** What a server of HTTP answers for: a plugin, or something else that is used from other processes. */
import { type ErrorCode, PluginError } from "../errors.ts";
import { problemOf, typeOf } from "./problem.ts";
import { JSON_TYPE, PROBLEM } from "./protocol.ts";

export interface Site {
  /** What it is, for messages: the name of a plugin. */
  readonly name: string;
  /** Whether it takes more requests. */
  readonly ready: boolean;
  /** @throws PluginError what `refused` tells of */
  answer(request: Request): Promise<Reply>;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  /** Its `Content-Type`. */
  readonly type: string | undefined;
  /** @throws PluginError `too-large` */
  body(): Promise<Uint8Array>;
}

export interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body: Uint8Array;
}

const TEXT = new TextEncoder();

/**
 * The answer of a site to a request, or to one of its server itself: whether it lives, and takes requests.
 *
 * @param denial why the request may not have anything else, where it may not
 * @throws PluginError `denied`; those of the site
 */
export async function answered(site: Site, request: Request, denial: string | undefined): Promise<Reply> {
  const { path } = request;
  if (path === "/live" || path === "/ready") {
    const up = path === "/live" || site.ready;
    return inJson(up ? 200 : 503, { [path.slice(1)]: up });
  }
  if (denial !== undefined) throw new PluginError("denied", `could not use ${site.name}: ${denial}`);
  return site.answer(request);
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

export function wrongMethod(wanted: string): Reply {
  return problem(405, "argument", `wanted the method ${wanted}`);
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
