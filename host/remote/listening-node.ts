/** Where a server of HTTP listens, and the connections that it has. */
import type { Server } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { PluginError } from "../errors.ts";
import { after, now } from "../timer.ts";
import type { HttpServerOptions } from "./http-server.ts";
import type { Listening } from "./serve.ts";

/** Milliseconds in which who has a connection and sends nothing over it may let go of it. */
const RESTING = 1_000;
/** Milliseconds in which a request comes that was on its way when no more were to come. */
const ON_THE_WAY = 250;
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

/** What a connection is used for. */
interface Use {
  /** Requests that are not answered. */
  underWay: number;
  /** When the last one came. */
  at: number;
}

export function listening(server: Server, { host, tls }: HttpServerOptions): Required<Listening> {
  const { port } = server.address() as AddressInfo;
  /** Those that changed over to something else have no use that is known. */
  const sockets = new Map<Duplex, Use | undefined>();
  let changed = () => {};
  let emptySince = Number.NEGATIVE_INFINITY;
  server.on("connection", (socket) => {
    sockets.set(socket, { underWay: 0, at: now() });
    changed();
    socket.once("close", () => {
      sockets.delete(socket);
      emptySince = now();
      changed();
    });
  });
  server.on("request", ({ socket }, response) => {
    const use = sockets.get(socket);
    if (!use) return;
    use.underWay++;
    use.at = now();
    response.once("close", () => use.underWay--);
  });
  server.on("upgrade", (_, socket) => sockets.has(socket) && sockets.set(socket, undefined));
  /** Ends those that rest, at once or when they have rested for a while. */
  const rest = (resting: number) => {
    let next = Number.POSITIVE_INFINITY;
    for (const [socket, use] of sockets) {
      if (!use || use.underWay > 0) continue;
      const wait = use.at + resting - now();
      if (wait > 0) next = Math.min(next, wait);
      else socket.destroy();
    }
    if (next < Number.POSITIVE_INFINITY) after(next, () => rest(resting), { name: "resting", unref: true });
  };
  const left = (resting: number, quiet: number) =>
    new Promise<void>((resolve) => {
      rest(resting);
      let clear = () => {};
      changed = () => {
        clear();
        if (sockets.size > 0) return;
        clear = after(Math.max(0, emptySince + quiet - now()), resolve, { name: "quiet", unref: true });
      };
      changed();
    });
  return {
    url: `${tls ? "https" : "http"}://${shownHost(host)}:${port}/`,
    left: () => left(RESTING, QUIET),
    leave: () => {
      // That of HTTP would end connections that rest, over which a request may be on its way.
      if (server instanceof NetServer) NetServer.prototype.close.call(server);
      return left(ON_THE_WAY, 0);
    },
    stop: () => {
      // Those that wait for a next request are closed by it; the others when theirs is answered.
      server.close();
      server.closeIdleConnections();
    },
    cut: () => {
      for (const socket of sockets.keys()) socket.destroy();
    },
  };
}
