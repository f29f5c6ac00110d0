/** The rows of calls of other processes. */
import type { Row } from "./row.ts";

/** The bar is 0.9 times as many a second, so 1/0.9 of the time. */
type Far = keyof typeof import("./rows/far.ts");
const far = (
  id: string,
  title: string,
  by: Far,
  bars: readonly (readonly [of: string, against: string])[],
): Row => ({
  id: `far-${id}`,
  title: `a call of 100 bytes ${title}, 32 at a time`,
  unit: "ns",
  rounds: 9,
  warm: 2,
  bars: bars.map(([of, against]) => ({
    text: `${of === "moult" ? "" : `${of.replace("moult, ", "")}: `}at least 0.9x the calls a second of ${against}`,
    of,
    against,
    most: 1 / 0.9,
  })),
  cases: async (context) => {
    const cases = await (await import("./rows/far.ts"))[by](context);
    // Fixed: the first calls take long, and say nothing of how many fit.
    return cases.map((each) => ({ ...each, n: context.quick ? 100 : 1_000 }));
  },
});
const WORKER = "moult, in a worker";

export const FAR: readonly Row[] = [
  far("http", "of a plugin, over HTTP", "http", [
    ["moult", "node:http"],
    ["moult", "undici"],
    [WORKER, "node:http"],
    [WORKER, "undici"],
    ["moult, asked by undici in JSON", "undici"],
  ]),
  far("fabric", "of a handler, over the HTTP fabric", "fabric", [
    ["moult", "node:http"],
    ["moult", "undici"],
  ]),
  far("nats", "of a handler, over the NATS fabric", "nats", [["moult", "NATS request and reply"]]),
  far("grpc", "of a plugin, over gRPC", "grpc", [
    ["moult", "grpc-js"],
    [WORKER, "grpc-js"],
  ]),
  far("web-socket", "of a plugin, over a WebSocket", "webSocket", [["moult", "ws"]]),
  far("port", "of a plugin, over a MessagePort", "port", [["moult", "postMessage"]]),
];
