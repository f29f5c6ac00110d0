/** The three ways: how each is started, called and upgraded, and what of it somebody has to write. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Client, credentials, type GrpcObject, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { z } from "zod";
import { contract } from "../../host/mod.ts";
import { connect } from "../../host/remote/mod.ts";
import { freePort } from "../fabric/free-port.ts";
import { build } from "../kept/build.ts";
import { swap } from "./moult-swap.mjs";
import { replace, start, stop } from "./replicas.mjs";

export interface Hit {
  readonly version: number;
  readonly count: number;
}

export interface Road {
  readonly title: string;
  /** What somebody writes for it, beside the caller. */
  readonly files: readonly string[];
  /** Starts its first version. @param folder for files of its own */
  open(folder: string): Promise<Running>;
}

export interface Running {
  hit(key: string): Promise<Hit>;
  /** From the first version to the second. */
  upgrade(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds after which balancers have seen for sure that a replica is there. */
const SETTLED = 300;
const settle = () => pause(SETTLED);

const overHttp: Road = {
  title: "`node:http`, JSON, two replicas behind a balancer",
  files: ["http-service.mjs", "http-balancer.mjs", "replicas.mjs"],
  async open() {
    const [port, ...ports] = [await freePort(), await freePort(), await freePort()];
    const replicas = await Promise.all(ports.map((each) => start("http-service.mjs", each, 1)));
    const balancer = await start("http-balancer.mjs", port, ...ports);
    await settle();
    const agent = new Agent({ keepAlive: true, maxSockets: 64 });
    return {
      hit: (key) => posted(port, agent, JSON.stringify({ key })),
      upgrade: () => replace(replicas, "http-service.mjs", ports, 2, settle),
      async close() {
        agent.destroy();
        for (const each of [balancer, ...replicas]) each.kill("SIGKILL");
      },
    };
  },
};

function posted(port: number, agent: Agent, body: string): Promise<Hit> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
    const sent = request(
      { host: "127.0.0.1", port, method: "POST", path: "/hit", agent, headers },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        answer.on("error", reject);
        answer.on("end", () => {
          if (answer.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`status ${answer.statusCode}`));
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

interface CounterClient extends Client {
  Hit(asked: { readonly key: string }, told: (error: Error | null, hit: Hit) => void): void;
}

const overGrpc: Road = {
  title: "grpc-js, two replicas, the client takes turns",
  files: ["grpc-service.mjs", "counter.proto", "replicas.mjs"],
  async open() {
    const ports = [await freePort(), await freePort()];
    const replicas = await Promise.all(ports.map((each) => start("grpc-service.mjs", each, 1)));
    const proto = fileURLToPath(new URL("counter.proto", import.meta.url));
    const { Counter } = loadPackageDefinition(loadSync(proto)).demo as GrpcObject;
    const Constructor = Counter as unknown as new (...given: unknown[]) => CounterClient;
    const at = `ipv4:${ports.map((port) => `127.0.0.1:${port}`).join(",")}`;
    const client = new Constructor(at, credentials.createInsecure(), {
      "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 200,
    });
    const hit = (key: string) =>
      new Promise<Hit>((resolve, reject) =>
        client.Hit({ key }, (error, told) => (error ? reject(error) : resolve(told))),
      );
    return {
      hit,
      upgrade: () => replace(replicas, "grpc-service.mjs", ports, 2, settle),
      async close() {
        client.close();
        for (const each of replicas) each.kill("SIGKILL");
      },
    };
  },
};

const Counter = contract("demo:counter/counter@1", {
  hit: { params: [z.string()], returns: z.object({ version: z.uint32(), count: z.uint32() }) },
});

const served: Road = {
  title: "moult, one process, swapped in place",
  files: ["moult-service.mjs", "moult-swap.mjs", "counter/counter-1.ts"],
  async open(folder) {
    const files = [1, 2].map((version) => join(folder, `counter-${version}.wasm`));
    for (const [i, file] of files.entries()) {
      const source = new URL(`counter/counter-${i + 1}.ts`, import.meta.url);
      writeFileSync(file, (await build(source, { version: `${i + 1}.0.0` })).wasm);
    }
    const port = await freePort();
    const [callers, operators] = [randomUUID(), randomUUID()];
    const server = await start("moult-service.mjs", port, files[0]!, callers, operators);
    const url = `http://127.0.0.1:${port}/`;
    const counter = await connect(Counter, url, { token: callers });
    return {
      hit: (key) => counter.call.hit(key),
      upgrade: () => swap(url, files[1]!, operators),
      async close() {
        await counter.close();
        await stop(server);
      },
    };
  },
};

export const ROADS: readonly Road[] = [overHttp, overGrpc, served];
