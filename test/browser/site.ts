/** A site of pages that keep plugins, served under a strict policy; and the witness of what they acknowledge. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { version } from "../durable/account.ts";

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";
const PAGE = `<!doctype html>
<html lang="en"><head><title>stores</title><link rel="icon" href="data:,"></head>
<body><script type="module" src="/page.js"></script></body></html>
`;

/** What the server saw of a life. */
export interface Seen {
  /** The writes of its store, in order. */
  readonly writes: string[];
  /** How many of them there were when the plugin was loaded, and when each call was acknowledged. */
  loaded: number | undefined;
  readonly acknowledged: number[];
  /** Amounts by the name of their booking. */
  readonly booked: Map<string, number>;
}

/** Where a life ends: before its write of this number, or in the middle of it. */
export interface End {
  readonly write: number;
  readonly torn: boolean;
  /** Called when it has come there, and stands still. */
  readonly come: () => void;
}

export class StoreSite {
  readonly lives = new Map<string, Seen>();
  readonly ends = new Map<string, End>();
  readonly #files: ReadonlyMap<string, { readonly type: string; readonly body: string | Uint8Array }>;
  readonly #server = createServer((request, response) =>
    this.#answer(new URL(request.url!, "http://localhost"), response),
  );

  constructor(files: ReadonlyMap<string, { readonly type: string; readonly body: string | Uint8Array }>) {
    this.#files = files;
  }

  static async serve(): Promise<StoreSite> {
    const files = new Map<string, { readonly type: string; readonly body: string | Uint8Array }>();
    files.set("/", { type: "text/html", body: PAGE });
    for (const [name, text] of await bundled())
      files.set(`/${name}`, { type: "text/javascript", body: text });
    for (const name of ["account", "wider", "generous"])
      files.set(`/${name}.wasm`, { type: "application/wasm", body: await version(name) });
    const site = new StoreSite(files);
    await new Promise<void>((resolve) => site.#server.listen(0, "127.0.0.1", resolve));
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  life(name: string): Seen {
    const known = this.lives.get(name);
    if (known) return known;
    const made: Seen = { writes: [], loaded: undefined, acknowledged: [], booked: new Map() };
    this.lives.set(name, made);
    return made;
  }

  #answer({ pathname, searchParams }: URL, response: ServerResponse): void {
    const file = this.#files.get(pathname);
    const headers = { "Content-Security-Policy": POLICY, "Cache-Control": "no-store" };
    if (file) return void response.writeHead(200, { "Content-Type": file.type, ...headers }).end(file.body);
    const name = searchParams.get("life");
    if (name === null) return void response.writeHead(404, headers).end();
    const answer = this.#told(pathname, name, searchParams);
    if (answer !== undefined)
      response.writeHead(200, { "Content-Type": "text/plain", ...headers }).end(answer);
  }

  /** @returns `undefined` for no answer */
  #told(what: string, name: string, given: URLSearchParams): string | undefined {
    const seen = this.life(name);
    if (what === "/loaded") seen.loaded = seen.writes.length;
    if (what === "/acknowledged") seen.acknowledged.push(seen.writes.length);
    if (what === "/book") {
      const id = given.get("id")!;
      if (!seen.booked.has(id)) seen.booked.set(id, Number(given.get("amount")));
      return String([...seen.booked.keys()].indexOf(id) + 1);
    }
    if (what !== "/write") return "";
    const op = given.get("op")!;
    const end = this.ends.get(name);
    if (op === "hang") return end?.come() as undefined;
    const at = seen.writes.push(op) - 1;
    if (!end || at < end.write) return "go";
    if (end.torn && op === "write") return "torn";
    end.come();
    return undefined;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The page and its worker, made of the sources. */
async function bundled(): Promise<(readonly [string, string])[]> {
  const at = (name: string) => fileURLToPath(new URL(`./pages/${name}.ts`, import.meta.url));
  const bundler = await rolldown({
    input: { page: at("page"), worker: at("worker") },
    platform: "browser",
    resolve: { conditionNames: ["moult-source", "default"] },
    onLog() {},
  });
  const { output } = await bundler.generate({ format: "esm" });
  await bundler.close();
  return output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code] as const] : []));
}
