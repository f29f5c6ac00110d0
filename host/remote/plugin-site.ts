/** A plugin as a server of HTTP answers for it. */
import { PluginError } from "../errors.ts";
import { OPERATIONS } from "./operations.ts";
import { problemOf } from "./problem.ts";
import { JSON_TYPE, mediaType, PROBLEM, VALUES } from "./protocol.ts";
import type { Outcome, Service } from "./service.ts";
import { inJson, notThere, problem, type Reply, type Request, type Site, wrongMethod } from "./site.ts";

/** What every token may read. */
const DESCRIPTIONS = new Set(["/", "/openapi.json"]);
const PLACES = ["/", "/openapi.json", "/call/NAME", ...OPERATIONS.keys(), "/live"].join(", ");
const NOTHING = new Uint8Array(0);
const TEXT = new TextDecoder("utf-8", { fatal: true });

export function pluginSite(service: Service): Site {
  return {
    name: service.plugin.name,
    get ready() {
      return service.ready;
    },
    needs: ({ path }) => (DESCRIPTIONS.has(path) ? undefined : (OPERATIONS.get(path)?.verb ?? "call")),
    answer: (request) => answer(request, service),
  };
}

async function answer(request: Request, service: Service): Promise<Reply> {
  const { method, path } = request;
  const [, name] = /^\/call\/([^/]+)$/.exec(path) ?? [];
  if (name !== undefined) return method === "POST" ? call(request, name, service) : wrongMethod("POST");
  if (path === "/openapi.json") return method === "GET" ? inJson(200, service.openApi) : wrongMethod("GET");
  if (path === "/") return method === "GET" ? inJson(200, service.description) : wrongMethod("GET");
  const operation = OPERATIONS.get(path);
  if (!operation) return notThere(`${PLACES} and /ready`);
  return method === operation.method ? operation.answer(request, service) : wrongMethod(operation.method);
}

async function call(request: Request, name: string, service: Service): Promise<Reply> {
  const type = mediaType(request.type);
  if (type === VALUES) {
    const outcome = await service.callInBytes(name, await request.body(), request);
    return replyTo(outcome);
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
  const outcome = await service.callInJson(name, parsed(await request.body(), name, service), request);
  if ("err" in outcome) {
    const told = { ...problemOf(outcome.error), error: outcome.err ?? null };
    return inJson(told.status, told, PROBLEM);
  }
  return outcome.answer === undefined ? { status: 204, body: NOTHING } : inJson(200, outcome.answer);
}

function replyTo(outcome: Outcome<Uint8Array>): Reply {
  if ("err" in outcome) return { status: 422, type: VALUES, body: outcome.err ?? NOTHING, isFramed: true };
  if (outcome.answer === undefined) return { status: 204, body: NOTHING, isFramed: true };
  return { status: 200, type: VALUES, body: outcome.answer, isFramed: true };
}

function parsed(body: Uint8Array, name: string, service: Service): unknown {
  try {
    return JSON.parse(TEXT.decode(body));
  } catch (cause) {
    const why = `could not call ${service.plugin.name}.${name}: its arguments are no JSON: ${(cause as Error).message}; it was not called`;
    throw new PluginError("argument", why, { cause });
  }
}
