/** The server of gRPC: the plugin's methods, its health, and what reflection tells. */

import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import { PluginError } from "../errors.ts";
import { begin, shownHost } from "../remote/listening-node.ts";
import type { Listening } from "../remote/serve.ts";
import type { Service } from "../remote/service.ts";
import type { CheckedTls, GrpcServerOptions } from "./grpc-options.ts";
import { Guard, type Kind } from "./guard.ts";
import { methodsOf } from "./methods.ts";
import { protoFile } from "./proto.ts";
import { textOf } from "./proto-text.ts";
import { reflected } from "./reflected.ts";

/** Milliseconds that a connection without a call is kept. */
const KEPT = 300_000;
/** Bytes of what comes before a call's message. */
const MOST_HEADERS = 16_384;

export async function listen(service: Service, options: GrpcServerOptions): Promise<Listening> {
  const { host, port, tls, maxBytes, maxCalls, maxConnections } = options;
  const file = protoFile(service.description.plugin);
  const own = `${file.package}.${file.service}`;
  const credentials = credentialsOf(tls);
  const doors = new Doors(maxConnections);
  const guard = new Guard({ ...options, name: service.plugin.name, hangUp: (peer) => doors.hangUp(peer) });
  const server = new Server({
    "grpc.max_receive_message_length": maxBytes,
    // Larger answers are refused before, with moult's own words.
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": Math.min(maxCalls, 2 ** 31 - 1),
    "grpc.max_connection_idle_ms": KEPT,
    "grpc.max_metadata_size": MOST_HEADERS,
    "grpc.enable_channelz": 0,
    interceptors: [guard.interceptor((path) => kindOf(path, own))],
  });
  const { definition, implementation } = methodsOf(service, file, maxBytes);
  server.addService(definition, implementation);
  const health = new HealthImplementation({ "": "SERVING", [own]: "SERVING" });
  health.addToServer(server);
  if (options.reflection) new ReflectionService(await reflected(textOf(file))).addToServer(server);
  const injector = server.createConnectionInjector(credentials);
  doors.onSocket = (socket) => injector.injectConnection(socket);
  await doors.open(host, port);
  return {
    url: `${tls ? "grpcs" : "grpc"}://${shownHost(host)}:${doors.port}`,
    left: () => doors.left(),
    leave: () => {
      doors.close();
      health.setStatus("", "NOT_SERVING");
      health.setStatus(own, "NOT_SERVING");
      // Each connection ends when its calls have.
      injector.destroy();
      return doors.left();
    },
    stop: () => {
      guard.end();
      return doors.left();
    },
    cut: () => {
      server.forceShutdown();
      doors.cut();
    },
  };
}

/** Anybody may ask whether a server is well, and only callers what it serves. */
function kindOf(path: string, own: string): Kind {
  if (path.startsWith(`/${own}/`)) return "plugin";
  return path.startsWith("/grpc.health.v1.Health/") ? "open" : "helper";
}

function credentialsOf(tls: CheckedTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { key, cert, ca } = tls;
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  try {
    // gRPC itself looks at them when the first caller comes.
    createSecureContext({
      key: pair.private_key,
      cert: pair.cert_chain,
      ...(ca !== undefined && { ca: Buffer.from(ca) }),
    });
    return ServerCredentials.createSsl(ca === undefined ? null : Buffer.from(ca), [pair], ca !== undefined);
  } catch (cause) {
    throw new PluginError("argument", `could not use tls: ${(cause as Error).message}`, { cause });
  }
}

/** The connections, which gRPC's server neither counts nor ends one by one. */
class Doors {
  onSocket: (socket: Socket) => void = () => {};
  readonly #server: NetServer;
  readonly #sockets = new Map<string, Socket>();
  readonly #waiting: (() => void)[] = [];

  constructor(maxConnections: number) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      this.#sockets.set(peer, socket);
      socket.once("close", () => {
        this.#sockets.delete(peer);
        if (this.#sockets.size === 0) for (const go of this.#waiting.splice(0)) go();
      });
      // The one who reads from it hears of them, too.
      socket.on("error", () => {});
      this.onSocket(socket);
    });
    this.#server.maxConnections = maxConnections;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @throws PluginError `unavailable` */
  open(host: string, port: number): Promise<void> {
    return begin(this.#server, host, port);
  }

  /** Lets nobody in. */
  close(): void {
    this.#server.close();
  }

  /** Resolves when there is no connection. */
  async left(): Promise<void> {
    if (this.#sockets.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  hangUp(peer: string): void {
    this.#sockets.get(peer)?.destroy();
  }

  cut(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}
