/** What may be done to a plugin that is served besides calling it: each to those who were granted its verb. */
import { readRollbackQuery, readSwapQuery } from "./operation-query.ts";
import { mediaType, SNAPSHOT, WASM } from "./protocol.ts";
import { wholeSignal } from "./request-signal.ts";
import type { Service } from "./service.ts";
import { inJson, problem, type Reply, type Request } from "./site.ts";
import type { RemoteStatus } from "./transition-json.ts";
import type { Verb } from "./verb.ts";

export interface Operation {
  readonly method: "GET" | "POST";
  readonly verb: Verb;
  answer(request: Request, service: Service): Promise<Reply>;
}

/** By path. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["/swap", { method: "POST", verb: "swap", answer: swap }],
  ["/accept", { method: "POST", verb: "swap", answer: accept }],
  ["/rollback", { method: "POST", verb: "rollback", answer: rollBack }],
  ["/snapshot", { method: "GET", verb: "snapshot", answer: snapshot }],
  ["/history", { method: "GET", verb: "history", answer: history }],
  ["/status", { method: "GET", verb: "status", answer: status }],
  ["/measures", { method: "GET", verb: "status", answer: async (_, { measures }) => inJson(200, measures) }],
]);

async function swap(request: Request, service: Service): Promise<Reply> {
  const could = `could not swap ${service.plugin.name}`;
  const type = mediaType(request.type);
  if (type !== WASM)
    return problem(
      415,
      "argument",
      `${could}: a module is sent as ${WASM}; found ${type || "no Content-Type"}`,
    );
  const options = readSwapQuery(request.query, could);
  const module = await request.body("file");
  return service.operate(could, async (plugin) =>
    inJson(200, await plugin.swap(module, { ...options, signal: wholeSignal(request.signal) })),
  );
}

async function accept(_request: Request, service: Service): Promise<Reply> {
  return service.operate(`could not accept ${service.plugin.name}`, async (plugin) => {
    const record = plugin.accept();
    return record ? inJson(200, record) : { status: 204, body: new Uint8Array(0) };
  });
}

async function rollBack({ query, signal }: Request, service: Service): Promise<Reply> {
  const could = `could not roll back ${service.plugin.name}`;
  const options = readRollbackQuery(query, could);
  return service.operate(could, async (plugin) =>
    inJson(200, await plugin.rollback({ ...options, signal: wholeSignal(signal) })),
  );
}

async function snapshot(_request: Request, service: Service): Promise<Reply> {
  return service.operate(`could not take a snapshot of ${service.plugin.name}`, async (plugin) => ({
    status: 200,
    type: SNAPSHOT,
    content: "file",
    body: await plugin.snapshot(),
  }));
}

async function history(_request: Request, { plugin }: Service): Promise<Reply> {
  return inJson(200, plugin.history());
}

async function status(_request: Request, { plugin, ready, underWay }: Service): Promise<Reply> {
  return inJson(200, { plugin: plugin.name, ready, underWay, ...plugin.status } satisfies RemoteStatus);
}
