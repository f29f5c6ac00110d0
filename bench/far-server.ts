/**
 * A server in a process of its own: `far-server.js KIND GUESTS [NATS]`. Reports its URL to its parent by a message, and
 * ends with it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { load } from "moult";
import { Echo } from "./contract.ts";
import { read } from "./peers/assemblyscript.ts";

export type Kind = keyof typeof SERVERS;

const [kind = "", guests = "", nats = ""] = process.argv.slice(2);

/** Each answers its URL. */
const SERVERS = {
  "moult, http": async () => served("none"),
  "moult, http, worker": async () => served("worker"),
  "moult, grpc": async () => servedOverGrpc("none"),
  "moult, grpc, worker": async () => servedOverGrpc("worker"),
  "moult, fabric": async () => {
    const { http, httpFabric, memoryFabric, serveFabric } = await import("moult/remote");
    const hub = await serveFabric(memoryFabric(), http());
    const fabric = await httpFabric(hub.url);
    await fabric.serve("echo", async ({ bytes }) => ({ bytes }));
    return hub.url;
  },
  "moult, nats": async () => {
    const { natsFabric } = await import("moult/nats");
    const fabric = await natsFabric(nats);
    await fabric.serve("echo", async ({ bytes }) => ({ bytes }));
    return nats;
  },
  nats: async () => {
    const { connect } = await import("@nats-io/transport-node");
    const connection = await connect({ servers: nats });
    connection.subscribe("raw.echo", {
      queue: "raw",
      callback: (error, message) => {
        if (!error) message.respond(message.data);
      },
    });
    await connection.flush();
    return nats;
  },
  /** A list of arguments in JSON, and an answer in JSON: a plain function of JavaScript's has it. */
  "node:http, json": () =>
    listening((request, response) => {
      whole(request, (body) => {
        const [text] = JSON.parse(body.toString()) as [string];
        answer(response, "application/json", JSON.stringify(text));
      });
    }),
  "node:http, bytes": () =>
    listening((request, response) => {
      whole(request, (body) => answer(response, "application/octet-stream", body));
    }),
  "grpc-js": async () => {
    const { Server, ServerCredentials } = await import("@grpc/grpc-js");
    const { echoService } = await import("./peers/grpc.ts");
    const server = new Server();
    server.addService((await echoService(guests)).service, {
      Text: (call: { request: { p1: string } }, done: (error: null, answer: object) => void) =>
        done(null, { value: call.request.p1 }),
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return `grpc://127.0.0.1:${port}`;
  },
  ws: async () => {
    const { WebSocketServer } = await import("ws");
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    server.on("connection", (socket) => {
      socket.on("message", (bytes) => socket.send(bytes as Buffer));
    });
    await new Promise((resolve) => server.once("listening", resolve));
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  },
} as const;

async function served(isolation: "none" | "worker"): Promise<string> {
  const { http, serve } = await import("moult/remote");
  return (await serve(await echo(isolation), http({ webSocket: true }))).url;
}

async function servedOverGrpc(isolation: "none" | "worker"): Promise<string> {
  const [{ serve }, { grpc }] = await Promise.all([import("moult/remote"), import("moult/grpc")]);
  return (await serve(await echo(isolation), grpc())).url;
}

function echo(isolation: "none" | "worker") {
  const module = read(guests, "echo.wasm");
  return isolation === "none" ? load(Echo, module) : load(Echo, module, { isolation });
}

async function listening(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function whole(request: IncomingMessage, then: (body: Buffer) => void): void {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => then(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
}

function answer(response: ServerResponse, type: string, body: string | Buffer): void {
  response.writeHead(200, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

process.once("disconnect", () => process.exit());
process.send?.({ url: await SERVERS[kind as Kind]() });
