/** The server: node:http, and a plugin that answers each request. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Plugin } from "moult";
import type { Handler } from "./contract.ts";

export class Site {
  /** Requests that the plugin answered. */
  answered = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param port 0 for any that is free */
  static async open(plugin: Plugin<typeof Handler>, port: number): Promise<Site> {
    const server = createServer(async (request, response) => {
      try {
        const { status, type, body } = await plugin.call.handle(request.method ?? "", request.url ?? "");
        site.answered++;
        response.writeHead(status, { "content-type": type }).end(request.method === "HEAD" ? "" : body);
      } catch (error) {
        response.writeHead(500, { "content-type": "text/plain" }).end(`${(error as Error).message}\n`);
      }
    });
    const site = new Site(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
