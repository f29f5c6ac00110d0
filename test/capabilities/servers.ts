/** Servers on this machine, honest and hostile, for the tests of `http`. */
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createRaw, type Server as RawServer, type Socket } from "node:net";
import { afterAll } from "vitest";
import { httpOver } from "../../host/capabilities/http/http.ts";
import { httpTransport, type Resolve } from "../../host/capabilities/http/http-transport-node.ts";
import { type HttpOptions, http } from "../../host/capabilities/mod.ts";
import type { Grant } from "../../host/mod.ts";

const open: (Server | RawServer)[] = [];
const sockets = new Set<Socket>();
afterAll(() => {
  for (const server of open) server.close();
  for (const socket of sockets) socket.destroy();
});

export interface Listening {
  /** `127.0.0.1:4711` */
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:4711` */
  readonly origin: string;
}

/** An HTTP server on a free port of 127.0.0.1. */
export function server(answer: RequestListener): Promise<Listening> {
  return listening(createServer({ keepAliveTimeout: 1 }, answer));
}

/** A server that says what it wants, whatever it is asked. @param talk gets the connection after the first bytes */
export function raw(talk: (socket: Socket) => void): Promise<Listening> {
  return listening(
    createRaw((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => talk(socket));
    }),
  );
}

export async function listening(made: Server | RawServer): Promise<Listening> {
  open.push(made);
  made.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => made.listen(0, "127.0.0.1", done));
  const { port } = made.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, port, origin: `http://127.0.0.1:${port}` };
}

export interface Asked {
  readonly method?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array;
}

export interface Answered {
  readonly status: number;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly text: string;
}

export type Send = (url: string, asked?: Asked) => Promise<Answered>;

/** What a plugin with the grant would send. @param resolve stands in for the system's resolver */
export function client(options: HttpOptions, resolve?: Resolve, signal = new AbortController().signal): Send {
  return sending(resolve ? httpOver(httpTransport(resolve), options) : http(options), signal);
}

export function sending(grant: Grant, signal = new AbortController().signal): Send {
  const { send } = grant.make({ plugin: "p", signal, callId: () => "p/1/0" }) as unknown as {
    send(request: unknown): Promise<{
      status: number;
      url: string;
      headers: { name: string; value: string }[];
      body: Uint8Array;
    }>;
  };
  return async (url, { method = "GET", headers = [], body = "" } = {}) => {
    const answer = await send({
      method,
      url,
      headers: headers.map(([name, value]) => ({ name, value })),
      body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    });
    return {
      status: answer.status,
      url: answer.url,
      headers: Object.fromEntries(answer.headers.map(({ name, value }) => [name, value])),
      text: new TextDecoder().decode(answer.body),
    };
  };
}

/** The error as the plugin gets it. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    (answer) => {
      throw new Error(`it was not refused: it answered ${JSON.stringify(answer)}`);
    },
    (error: Error) => error.message,
  );
}
