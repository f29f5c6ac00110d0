/** What a server answers to a request: the same for every server of HTTP. */
import { type ErrorCode, PluginError } from "../errors.ts";
import { problemOf, typeOf } from "./problem.ts";
import { JSON_TYPE, mediaType, PROBLEM, VALUES } from "./protocol.ts";
import type { Outcome, Service } from "./service.ts";

export interface Request {
  readonly method: string;
  readonly path: string;
  /** Its `Content-Type`. */
  readonly type: string | undefined;
  /** @throws PluginError `too-large` */
  body(): Promise<Uint8Array>;
  /** Why it may not call, where it may not. */
  readonly denial: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body: Uint8Array;
}

const TEXT = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** @throws PluginError what `refused` tells of */
export async function answered(request: Request, service: Service): Promise<Reply> {
  const { method, path, denial } = request;
  if (path === "/live" || path === "/ready") {
    const up = path === "/live" || service.ready;
    return inJson(up ? 200 : 503, { [path.slice(1)]: up });
  }
  if (denial !== undefined)
    throw new PluginError("denied", `could not use ${service.plugin.name}: ${denial}`);
  const [, name] = /^\/call\/([^/]+)$/.exec(path) ?? [];
  if (name !== undefined) return method === "POST" ? call(request, name, service) : wrongMethod("POST");
  if (path === "/openapi.json") return method === "GET" ? inJson(200, service.openApi) : wrongMethod("GET");
  if (path === "/") return method === "GET" ? inJson(200, service.description) : wrongMethod("GET");
  return inJson(
    404,
    { title: "not-found", status: 404, detail: "there are /, /openapi.json, /call/NAME, /live and /ready" },
    PROBLEM,
  );
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

async function call(request: Request, name: string, service: Service): Promise<Reply> {
  const type = mediaType(request.type);
  if (type === VALUES) {
    const outcome = await service.callInBytes(name, await request.body());
    return replyTo(outcome, (bytes = NOTHING) => ({ type: VALUES, body: bytes }));
  }
  // A page of another origin may send other types without being asked whether it may.
  if (type !== JSON_TYPE) {
    const found = type || "no Content-Type";
    return problem(
      415,
      "argument",
      `a call is sent as ${JSON_TYPE} (curl --json), or ${VALUES}; found ${found}`,
    );
  }
  const outcome = await service.callInJson(name, parsed(await request.body(), name, service));
  if ("err" in outcome) {
    const told = { ...problemOf(outcome.error), error: outcome.err ?? null };
    return inJson(told.status, told, PROBLEM);
  }
  return outcome.answer === undefined ? { status: 204, body: NOTHING } : inJson(200, outcome.answer);
}

function replyTo(outcome: Outcome<Uint8Array>, write: (bytes?: Uint8Array) => Omit<Reply, "status">): Reply {
  if ("err" in outcome) return { status: 422, ...write(outcome.err) };
  return outcome.answer === undefined
    ? { status: 204, body: NOTHING }
    : { status: 200, ...write(outcome.answer) };
}

function parsed(body: Uint8Array, name: string, service: Service): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    const why = `could not call ${service.plugin.name}.${name}: its arguments are no JSON: ${(cause as Error).message}`;
    throw new PluginError("argument", why, { cause });
  }
}

function wrongMethod(wanted: string): Reply {
  return problem(405, "argument", `wanted the method ${wanted}`);
}

/** What is wrong with a request that reached no plugin. */
function problem(status: number, title: ErrorCode, detail: string): Reply {
  return inJson(status, { type: typeOf(title), title, status, detail }, PROBLEM);
}

function inJson(status: number, json: unknown, type: string = JSON_TYPE): Reply {
  return { status, type, body: TEXT.encode(`${JSON.stringify(json)}\n`) };
}
