/** Calls of another process, 32 at a time: by moult's transports, and by what each of them stands on. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { MessageChannel, Worker } from "node:worker_threads";
import { connect, httpFabric, type PortLike } from "moult/remote";
import { type Case, type Context, type Role, same } from "../case.ts";
import { Echo } from "../contract.ts";
import { farServer, nodePost, type Post, undiciPost } from "../peers/far.ts";

/** Calls under way at a time. */
const AT_ONCE = 32;
const TEXT =
  "GET /articles/2026/11/how-plugins-are-replaced-while-they-run HTTP/1.1, accept: text/html, q=0.9; ok";
const BYTES = Buffer.from(TEXT);
const JSON_ARGS = JSON.stringify([TEXT]);
const JSON_TYPE = "application/json";
const PLAIN = "the handler is a plain function of JavaScript's";

/** A case of calls, each of which answers what it was given. */
function together(name: string, role: Role, call: () => Promise<string>, note?: string): Case {
  return {
    name,
    role,
    ...(note && { note }),
    check: async () => same(await call(), TEXT, name),
    sample: async (n) => {
      let left = n;
      let last = "";
      const lane = async () => {
        while (left-- > 0) last = await call();
      };
      const began = performance.now();
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      const time = performance.now() - began;
      same(last, TEXT, name);
      return (time * 1e6) / n;
    },
  };
}

export async function http({ guests }: Context): Promise<Case[]> {
  const [near, worker, raw] = await Promise.all([
    farServer("moult, http", guests),
    farServer("moult, http, worker", guests),
    farServer("node:http, json", guests),
  ]);
  const inJson = (post: Post, path: string) => async () =>
    JSON.parse((await post(path, JSON_TYPE, JSON_ARGS)).toString()) as string;
  const [one, two] = [await connect(Echo, near), await connect(Echo, worker)];
  const stranger = await undiciPost(near, AT_ONCE);
  return [
    together("moult", "moult", () => one.call.text(TEXT), "the plugin runs in its server's own thread"),
    together("moult, in a worker", "moult", () => two.call.text(TEXT), "as `moult serve` has it"),
    together(
      "moult, asked by undici in JSON",
      "moult",
      inJson(stranger, "/call/text"),
      "as strangers call it; the plugin runs in its server's own thread",
    ),
    together("node:http", "peer", inJson(nodePost(raw, AT_ONCE), "/"), `JSON both ways; ${PLAIN}`),
    together(
      "undici",
      "peer",
      inJson(await undiciPost(raw, AT_ONCE), "/"),
      "the same server, another client",
    ),
  ];
}

export async function fabric({ guests }: Context): Promise<Case[]> {
  const [hub, raw] = await Promise.all([
    farServer("moult, fabric", guests),
    farServer("node:http, bytes", guests),
  ]);
  const own = await httpFabric(hub);
  const inBytes = (post: Post) => async () => (await post("/", "application/octet-stream", BYTES)).toString();
  return [
    together("moult", "moult", async () =>
      textOf(await own.call("echo", { bytes: BYTES }, { timeout: 5_000 })),
    ),
    together("node:http", "peer", inBytes(nodePost(raw, AT_ONCE)), "the handler sends the bytes back"),
    together("undici", "peer", inBytes(await undiciPost(raw, AT_ONCE)), "the same server, another client"),
  ];
}

const textOf = ({ bytes }: { readonly bytes: Uint8Array }) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();

export async function nats(context: Context): Promise<Case[]> {
  const url = await natsServer();
  if (!url) {
    context.skip("NATS", "nats-server is not installed: apt-get install nats-server");
    return [];
  }
  const { guests } = context;
  await Promise.all([farServer("moult, nats", guests, url), farServer("nats", guests, url)]);
  const { natsFabric } = await import("moult/nats");
  const { connect: connectNats } = await import("@nats-io/transport-node");
  const own = await natsFabric(url);
  const raw = await connectNats({ servers: url });
  return [
    together("moult", "moult", async () =>
      textOf(await own.call("echo", { bytes: BYTES }, { timeout: 5_000 })),
    ),
    together(
      "NATS request and reply",
      "peer",
      async () => Buffer.from((await raw.request("raw.echo", BYTES, { timeout: 5_000 })).data).toString(),
      "the handler sends the bytes back",
    ),
  ];
}

/** @returns its URL; nothing where it is not installed */
async function natsServer(): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "moult-bench-"));
  const file = join(folder, "nats.conf");
  writeFileSync(file, `listen: "127.0.0.1:-1"\njetstream { store_dir: ${JSON.stringify(folder)} }\n`);
  const child = spawn("nats-server", ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  process.once("exit", () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const absent = new Promise<undefined>((resolve) => child.once("error", () => resolve(undefined)));
  return Promise.race([absent, portOf(child.stderr)]);
}

async function portOf(log: NodeJS.ReadableStream): Promise<string> {
  let port = "";
  for await (const line of createInterface({ input: log })) {
    port = /client connections on [\d.]+:(\d+)/.exec(line)?.[1] ?? port;
    if (!line.includes("Server is ready")) continue;
    log.resume();
    return `nats://127.0.0.1:${port}`;
  }
  throw new Error("nats-server ended and was not ready");
}

export async function grpc({ guests }: Context): Promise<Case[]> {
  const [near, worker, raw] = await Promise.all([
    farServer("moult, grpc", guests),
    farServer("moult, grpc, worker", guests),
    farServer("grpc-js", guests),
  ]);
  const { credentials } = await import("@grpc/grpc-js");
  const { echoService } = await import("../peers/grpc.ts");
  const Client = await echoService(guests);
  const calling = (url: string) => {
    const client = new Client(new URL(url).host, credentials.createInsecure());
    type Done = (error: Error | null, answer: { readonly value: string }) => void;
    const call = client.Text as unknown as (request: object, done: Done) => void;
    return () =>
      new Promise<string>((resolve, reject) => {
        call.call(client, { p1: TEXT }, (error, answer) => (error ? reject(error) : resolve(answer.value)));
      });
  };
  return [
    together("moult", "moult", calling(near), "the plugin runs in its server's own thread"),
    together("moult, in a worker", "moult", calling(worker), "as `moult serve` has it"),
    together("grpc-js", "peer", calling(raw), `the same messages, and the same client; ${PLAIN}`),
  ];
}

export async function webSocket({ guests }: Context): Promise<Case[]> {
  const [served, raw] = await Promise.all([farServer("moult, http", guests), farServer("ws", guests)]);
  const own = await connect(Echo, served.replace(/^http/, "ws"));
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(raw);
  await new Promise((resolve) => socket.once("open", resolve));
  const waiting: ((text: string) => void)[] = [];
  socket.on("message", (bytes: Buffer) => waiting.shift()!(JSON.parse(bytes.toString()) as string));
  const call = () =>
    new Promise<string>((resolve) => {
      waiting.push(resolve);
      socket.send(JSON.stringify(TEXT));
    });
  return [
    together("moult", "moult", () => own.call.text(TEXT), "the plugin runs in its server's own thread"),
    together("ws", "peer", call, "JSON one after the other; the handler sends the message back"),
  ];
}

export async function port({ guests }: Context): Promise<Case[]> {
  const { port1, port2 } = new MessageChannel();
  const { port1: mine, port2: its } = new MessageChannel();
  const thread = new Worker(new URL("../far-thread.js", import.meta.url), {
    workerData: { guests, served: port1, raw: its },
    transferList: [port1, its],
  });
  thread.unref();
  const own = await connect(Echo, port2 as unknown as PortLike);
  const waiting: ((text: string) => void)[] = [];
  mine.on("message", (text: string) => waiting.shift()!(text));
  const call = () =>
    new Promise<string>((resolve) => {
      waiting.push(resolve);
      mine.postMessage(TEXT);
    });
  return [
    together("moult", "moult", () => own.call.text(TEXT), "the plugin runs in the thread of the other end"),
    together("postMessage", "peer", call, "one after the other; the handler sends the text back"),
  ];
}
