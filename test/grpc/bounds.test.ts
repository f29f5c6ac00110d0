/** What a server of gRPC allows: who may call, how much, and how it ends. */
import { connect as dialHttp2 } from "node:http2";
import { connect as dial } from "node:net";
import { fileURLToPath } from "node:url";
import {
  type Client,
  compressionAlgorithms,
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoPath } from "grpc-health-check";
import { FileDescriptorProto } from "protobufjs/ext/descriptor/index.js";
import { describe, expect, test } from "vitest";
import { type GrpcOptions, grpc, proto } from "../../host/grpc/mod.ts";
import { load, type Plugin } from "../../host/mod.ts";
import { type Served, serve } from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { versions } from "../versions.ts";
import { bearer, limits, open, raw, refusal, serving, shapes, TOKEN } from "./served.ts";
import { type Stock, stock } from "./stock.ts";
import { CERT, KEY } from "./tls.ts";

const MIB = 2 ** 20;
const SHAPES = "/test.faults.counter.v1.Counter";
const REFLECTION = fileURLToPath(
  new URL("../proto/grpc/reflection/v1/reflection.proto", import.meta.resolve("@grpc/reflection")),
);

/** A client of a standard service. */
function standard(path: string, name: string, url: string): Client & Record<string, never> {
  const loaded = loadPackageDefinition(loadSync(path, { enums: String, defaults: true }));
  const found = name.split(".").reduce((at: unknown, key) => (at as Record<string, unknown>)[key], loaded);
  const client = new (found as ServiceClientConstructor)(new URL(url).host, credentials.createInsecure());
  open.push(client);
  return client as never;
}
type Answered = (error: Error | null, answer: unknown) => void;
const asked = (client: unknown, method: string, ...args: unknown[]) =>
  new Promise<unknown>((resolve, reject) => {
    const answered: Answered = (error, answer) => (error ? reject(error) : resolve(answer));
    (client as Record<string, (...args: unknown[]) => void>)[method]!(...args, answered);
  });

const echoes = versions(new URL("../guests/grpc/", import.meta.url));
const echo = async (options: GrpcOptions) => serving(await load(await echoes("echo")), options);
const spinning = async (deadline: number, options: GrpcOptions) =>
  serving(
    await load(await limits("runaway"), { isolation: "worker", limits: { deadline }, afterTrap: "restart" }),
    options,
  );

/** A peer that speaks HTTP/2 by hand. */
function peer(url: string) {
  const session = dialHttp2(url.replace("grpc:", "http:"));
  session.on("error", () => {});
  open.push({ close: () => session.destroy() });
  return session;
}
const headers = (method: string) => ({
  ":method": "POST",
  ":path": `${SHAPES}/${method}`,
  "content-type": "application/grpc",
  te: "trailers",
});

describe("a token", () => {
  test("is asked for of calls and of reflection, and not of health", async () => {
    const { client, served } = await shapes({ token: [TOKEN, TOKEN.toUpperCase()] });
    for (const metadata of [undefined, bearer("x".repeat(32))]) {
      const denied = await refusal(client.call("Flag", { on: true }, metadata && { metadata }));
      expect([denied.code, denied.moult]).toEqual([status.UNAUTHENTICATED, "denied"]);
    }
    const operators = { token: "x".repeat(32), verbs: ["status"] } as const;
    const { client: other } = await shapes({ token: operators });
    const forbidden = await refusal(other.call("Flag", {}, { metadata: bearer(operators.token) }));
    expect([forbidden.code, forbidden.moult]).toEqual([status.PERMISSION_DENIED, "denied"]);
    for (const token of [TOKEN, TOKEN.toUpperCase()])
      expect(await client.call("Flag", { on: true }, { metadata: bearer(token) })).toEqual({ value: true });
    const health = standard(protoPath, "grpc.health.v1.Health", served.url);
    expect(await asked(health, "Check", { service: "" })).toEqual({ status: "SERVING" });
    const reflection = standard(REFLECTION, "grpc.reflection.v1.ServerReflection", served.url);
    await expect(told(reflection, { listServices: "" })).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
    });
  });

  test("is wanted of everybody who is elsewhere, unless they have a certificate", () => {
    expect(() => grpc({ host: "0.0.0.0" })).toThrow(/say a token, a tls.ca, or listen at 127.0.0.1/);
    expect(() => grpc({ host: "0.0.0.0", tls: { key: KEY, cert: CERT } })).toThrow(/everybody who reaches/);
    expect(() => grpc({ host: "0.0.0.0", token: TOKEN })).not.toThrow();
    expect(() => grpc({ host: "::", tls: { key: KEY, cert: CERT, ca: CERT } })).not.toThrow();
  });

  test("is not of any use where an option is none", () => {
    for (const [options, why] of [
      [{ port: 65_536 }, "port"],
      [{ maxBytes: -1 }, "maxBytes"],
      [{ maxHeldBytes: 1 }, "maxHeldBytes"],
      [{ requestTimeout: Number.NaN }, "requestTimeout"],
      [{ token: "short" }, "token"],
      [{ tls: { key: KEY } as never }, "tls"],
    ] as const)
      expect(() => grpc(options)).toThrow(new RegExp(`^\\[argument\\] could not use ${why}`));
  });
});

test("speaks TLS, and asks for a certificate where it is told whose", async () => {
  const tls = { key: KEY, cert: CERT, ca: CERT };
  const [ca, key] = [Buffer.from(CERT), Buffer.from(KEY)];
  const options = { "grpc.ssl_target_name_override": "localhost" };
  const known = credentials.createSsl(ca, key, ca);
  const { client, served, plugin } = await shapes({ tls }, { credentials: known, options });
  expect(served.url).toMatch(/^grpcs:/);
  expect(await client.call("Flag", { on: true })).toEqual({ value: true });
  for (const own of [credentials.createSsl(ca), credentials.createInsecure()]) {
    const stranger = await stock(proto(plugin), served.url, { credentials: own, options });
    open.push(stranger);
    expect(await refusal(stranger.call("Flag", {}))).toMatchObject({ code: status.UNAVAILABLE });
  }
  const broken = KEY.replace(/[A-Z]{4}/, "AAAA");
  await expect(serving(plugin, { tls: { key: broken, cert: CERT } })).rejects.toThrow(/could not use tls/);
});

describe("bounds", () => {
  test("hold for a message, whether it comes as it is or compressed", async () => {
    const zipped = { "grpc.default_compression_algorithm": compressionAlgorithms.gzip };
    for (const options of [{}, zipped]) {
      const { client } = await shapes({ maxBytes: MIB }, { options });
      const bytes = Buffer.alloc(2 * MIB);
      expect(await refusal(client.call("Raw", { bytes }))).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
      expect(await client.call("Raw", { bytes: bytes.subarray(0, MIB / 4) })).toMatchObject({});
    }
  });

  test("hold for the memory of what comes in few bytes", async () => {
    const { client } = await shapes({ maxBytes: MIB });
    // 100,000 points of two bytes each.
    const { code, details } = await refusal(
      raw(client, "Points", Buffer.from("0a00".repeat(100_000), "hex")),
    );
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(details).toContain("the arguments are too large");
    expect(details).toContain("(maxBytes)");
  });

  test("hold for an answer, and say that the plugin was called", async () => {
    const { client } = await echo({ maxBytes: 1_000 });
    const { code, details, moult } = await refusal(client.call("Fill", { bytes: 2_000 }));
    expect([code, moult]).toEqual([status.RESOURCE_EXHAUSTED, "too-large"]);
    expect(details).toBe(
      "could not send the answer: found 2003 bytes, wanted at most 1000 (maxBytes); the plugin was called",
    );
  });

  test("hold for the calls that are under way", async () => {
    const { client, served, plugin } = await spinning(300, { maxCalls: 1 });
    const first = refusal(client.call("Spin", {}));
    const second = await another(plugin, served);
    const { metadata } = await untilRefused(second);
    expect(metadata.get("moult-code")).toEqual(["queue-full"]);
    expect(await first).toMatchObject({ code: status.DEADLINE_EXCEEDED, moult: "out-of-time" });
  });

  test("hold for connections", async () => {
    const { client, served } = await shapes({ maxConnections: 1 });
    await client.call("Flag", {});
    const { port } = new URL(served.url);
    const ended = await new Promise((resolve) => dial(Number(port)).once("close", resolve).resume());
    expect(ended).toBe(false);
    expect(await client.call("Flag", {})).toEqual({ value: false });
  });

  test("hold for the time in which a message has to come", async () => {
    const { client, served } = await shapes({ requestTimeout: 100, maxCalls: 1 });
    const stream = peer(served.url).request(headers("Flag"));
    stream.write(Buffer.from([0, 0, 0]));
    const answer = await new Promise<Record<string, unknown>>((resolve) => stream.once("response", resolve));
    expect([answer["grpc-status"], answer["moult-code"]]).toEqual([
      String(status.DEADLINE_EXCEEDED),
      "deadline",
    ]);
    expect(decodeURI(String(answer["grpc-message"]))).toMatch(
      /within 100 ms \(requestTimeout\); it was not called$/,
    );
    expect(await client.call("Flag", {})).toEqual({ value: false });
  });

  test("hold for the time in which an answer has to be taken, and for the bytes of those that are not", async () => {
    const { client, served } = await echo({ requestTimeout: 2_000, maxBytes: MIB, maxHeldBytes: 2 * MIB });
    const session = peer(served.url);
    const ended = new Promise((resolve) => session.once("close", resolve));
    const stream = session.request({ ...headers("Fill"), ":path": "/test.grpc.echo.v1.Echo/Fill" });
    // 1,000,000 bytes are asked for, and never read.
    stream.end(Buffer.from("000000000408c0843d", "hex"));
    await new Promise((resolve) => stream.once("response", resolve));
    const both = await refusal(client.call("Fill", { bytes: 1_000_000 })).catch(() => "answered");
    await ended;
    expect(both).toBe("answered");
    expect(await client.call("Fill", { bytes: 3 })).toEqual({ value: Buffer.alloc(3) });
  });

  test("make calls wait until there is room to read them", async () => {
    const { client, served } = await shapes({ maxBytes: MIB, maxHeldBytes: MIB, requestTimeout: 200 });
    const slow = peer(served.url).request(headers("Flag"));
    slow.write(Buffer.from([0, 0, 0]));
    const begun = new Promise((resolve) => slow.once("response", resolve));
    const calls = Promise.all(Array.from({ length: 20 }, () => client.call("Text", { line: "x" })));
    expect(await begun).toMatchObject({ "grpc-status": String(status.DEADLINE_EXCEEDED) });
    expect(await calls).toHaveLength(20);
  });
});

describe("the standard services", () => {
  test("tell strangers what is served, by reflection", async () => {
    const { served } = await echo({});
    const reflection = standard(REFLECTION, "grpc.reflection.v1.ServerReflection", served.url);
    expect(await told(reflection, { listServices: "" })).toMatchObject({
      listServicesResponse: {
        service: expect.arrayContaining([
          { name: "test.grpc.echo.v1.Echo" },
          { name: "grpc.health.v1.Health" },
        ]),
      },
    });
    const { fileDescriptorResponse } = (await told(reflection, {
      fileContainingSymbol: "test.grpc.echo.v1.Echo.Numbers",
    })) as { fileDescriptorResponse: { fileDescriptorProto: Uint8Array[] } };
    const files = fileDescriptorResponse.fileDescriptorProto.map((bytes) =>
      FileDescriptorProto.decode(bytes).toJSON(),
    );
    const [file] = files.filter((each) => each.package === "test.grpc.echo.v1");
    expect(file?.messageType.map((each: { name: string }) => each.name)).toContain("NumbersRequest");
  });

  test("can be without reflection", async () => {
    const { served } = await echo({ reflection: false });
    const reflection = standard(REFLECTION, "grpc.reflection.v1.ServerReflection", served.url);
    await expect(told(reflection, { listServices: "" })).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });

  test("say when no more calls are taken", async () => {
    const { served } = await shapes();
    const health = standard(protoPath, "grpc.health.v1.Health", served.url);
    const watch = (health as unknown as Record<string, (request: object) => NodeJS.ReadableStream>).Watch!({
      service: "test.faults.counter.v1.Counter",
    });
    const statuses: string[] = [];
    const ended = new Promise<unknown>((resolve) => watch.once("error", resolve));
    const first = new Promise((resolve) => watch.once("data", resolve));
    watch.on("data", (each) => statuses.push(each.status));
    await first;
    await served.close();
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE });
    expect(statuses).toEqual(["SERVING", "NOT_SERVING"]);
  });
});

describe("the end of serving", () => {
  test("answers the calls that are under way, and takes no more", async () => {
    const { client, served, plugin } = await spinning(300, { maxCalls: 1 });
    const under = refusal(client.call("Spin", {}));
    const second = await another(plugin, served);
    await untilRefused(second);
    const closed = served.close();
    expect(await under).toMatchObject({ moult: "out-of-time" });
    await closed;
    expect(await refusal(second.call("Armed", {}))).toMatchObject({ code: status.UNAVAILABLE });
    expect(await plugin.call.armed!()).toBe(0);
  });

  test("does not wait for longer than it is told to", async () => {
    const { client, served, plugin } = await spinning(60_000, { maxCalls: 1 });
    const under = refusal(client.call("Spin", {}));
    await untilRefused(await another(plugin, served));
    await served.close({ drain: 50 });
    expect((await under).code).not.toBe(status.OK);
    await plugin.close({ drain: 0 });
  });

  test("frees its port, and one that is taken is told", async () => {
    const { served, plugin } = await shapes();
    const port = Number(new URL(served.url).port);
    const error = await failure(serve(plugin, grpc({ port })));
    expect([error.code, error.message]).toEqual([
      "unavailable",
      `[unavailable] could not serve at 127.0.0.1:${port}: another program listens there`,
    ]);
    await served.close();
    const again = await serve(plugin, grpc({ port }));
    expect(again.url).toBe(served.url);
    await again.close();
  });
});

/** What reflection answers to one question. */
function told(client: unknown, question: object): Promise<unknown> {
  type Stream = NodeJS.ReadableStream & { write(question: object): void; end(): void };
  const stream = (client as Record<string, () => Stream>).ServerReflectionInfo!();
  return new Promise((resolve, reject) => {
    stream.once("data", resolve);
    stream.once("error", reject);
    stream.write(question);
    stream.end();
  });
}

async function another(plugin: Plugin, { url }: Served): Promise<Stock> {
  // Clients of one address share a connection, and calls above what that may have wait in the client.
  const client = await stock(proto(plugin), url, { options: { "grpc.use_local_subchannel_pool": 1 } });
  open.push(client);
  return client;
}

/** Until a call is under way, where one is the most. @returns what another one gets */
async function untilRefused(client: Stock): Promise<ServiceError> {
  for (;;) {
    const answer = await client.call("Armed", {}).catch((error) => error);
    if (answer.code === status.RESOURCE_EXHAUSTED) return answer;
    if (answer.code !== undefined) throw answer;
  }
}
