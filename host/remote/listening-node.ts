/** Where a server of HTTP listens, and the connections that it has. */
import type { Server } from "node:http";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import { PluginError } from "../errors.ts";
import { after, now } from "../timer.ts";
import type { HttpServerOptions } from "./http-server.ts";
import type { Listening } from "./serve.ts";

/** Milliseconds in which who has a connection and sends nothing over it may let go of it. */
const RESTING = 1_000;
/** Milliseconds without any connection, after which callers have left: one that was told to close its own opens another. */
const QUIET = 100;

/** @throws PluginError `unavailable` */
export async function begin(server: NetServer, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    const why = code === "EADDRINUSE" ? "another program listens there" : String(code ?? cause);
    throw new PluginError("unavailable", `could not serve at ${host}:${port}: ${why}`, { cause });
  }
}

/** How an address that is listened at stands in a URL: one of this machine for all of them. */
export function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

export function listening(server: Server, { host, tls }: HttpServerOptions): Listening {
  const { port } = server.address() as AddressInfo;
  const sockets = new Set<Socket>();
  let changed = () => {};
  let emptySince = Number.NEGATIVE_INFINITY;
  server.on("connection", (socket) => {
    sockets.add(socket);
    changed();
    socket.once("close", () => {
      sockets.delete(socket);
      emptySince = now();
      changed();
    });
  });
  return {
    url: `${tls ? "https" : "http"}://${shownHost(host)}:${port}/`,
    left: () =>
      new Promise((resolve) => {
        const heard = [...sockets].map((socket) => [socket, socket.bytesRead] as const);
        const rest = () => {
          for (const [socket, bytes] of heard)
            if (socket.bytesRead === bytes && socket.writableLength === 0) socket.destroy();
        };
        after(RESTING, rest, { name: "resting", unref: true });
        let clear = () => {};
        changed = () => {
          clear();
          if (sockets.size > 0) return;
          clear = after(Math.max(0, emptySince + QUIET - now()), resolve, { name: "quiet", unref: true });
        };
        changed();
      }),
    stop: () => {
      // Those that wait for a next request are closed by it; the others when theirs is answered.
      server.close();
      server.closeIdleConnections();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
