/** An imported plugin in a development server: a source that changes as its author edits. */
import type { ServerResponse } from "node:http";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type DevEnvironment,
  type NormalizedHotChannelClient,
  normalizePath,
  type Plugin,
  type ViteDevServer,
} from "vite";
import type { Built, PluginCompiler } from "./compiler.ts";
import { Entry, type Stand } from "./entry.ts";
import { type Failure, failureOf, PLUGIN, payloadOf, plain, textOf } from "./failure.ts";
import { fileOf, idOf } from "./id.ts";

/** The folder of modules, below the project's base. */
const FOLDER = "@moult/";
/** The longest message of a page, in characters. */
const LONGEST = 4_000;

export function developed(compiler: PluginCompiler): Plugin {
  const entries = new Map<string, Entry>();
  let development: Development;
  return {
    name: `${PLUGIN}:serve`,
    apply: "serve",
    enforce: "pre",

    configureServer(server) {
      development = new Development(server, entries);
    },

    async load(id) {
      const file = fileOf(id);
      if (file === undefined) return undefined;
      const entry =
        entries.get(file) ?? new Entry(file, compiler, (built, before) => development.onBuild(built, before));
      entries.set(file, entry);
      if (!entry.built && !entry.failure) await entry.build();
      if (!entry.built) throw entry.failure;
      return this.environment.config.consumer === "client"
        ? development.module(entry, entry.built)
        : inline(entry.built.wasm);
    },

    async hotUpdate({ file, modules, type, read }) {
      const touched = [...entries.values()].filter((entry) => entry.hangsOn(file));
      if (touched.length === 0) return undefined;
      // Some editors empty a file before they write it; this waits for the content.
      if (type === "update") await Promise.resolve(read()).catch(() => {});
      // The page is notified by `onBuild`, and reloads nothing; Vite asks for the module first.
      if (this.environment.name === "client") {
        await Promise.all(touched.map((entry) => entry.build()));
        return undefined;
      }
      const { moduleGraph } = this.environment;
      const own = touched.map((entry) => !entry.failure && moduleGraph.getModuleById(idOf(entry.file)));
      return [...modules, ...own.filter((module) => module !== undefined && module !== false)];
    },

    async closeBundle() {
      if (entries.size === 0) return;
      // A restarting server is made before the one that it replaces is closed.
      if (this.environment !== development.environment(this.environment.name)) return;
      entries.clear();
      await compiler.close();
    },
  };
}

type Page = Pick<NormalizedHotChannelClient, "send">;

/** What a development server tells its author, its pages, and whoever fetches a module from it. */
class Development {
  readonly #server: ViteDevServer;
  /** The plugins that were imported, by their files. */
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(server: ViteDevServer, entries: ReadonlyMap<string, Entry>) {
    this.#server = server;
    this.#entries = entries;
    const { hot } = server.environments.client;
    hot.on("moult:present", (data: unknown, page) => this.#onPresent(data, page));
    hot.on("moult:refused", (data: unknown, page) => this.#onRefused(data, page));
    server.middlewares.use((request, response, next) => {
      const wasm = this.#wasmAt(request.url ?? "");
      if (wasm) send(response, wasm, server.config.server.headers);
      else next();
    });
  }

  environment(name: string): DevEnvironment | undefined {
    return this.#server.environments[name];
  }

  /** The code that a page imports. */
  module(entry: Entry, { digest: version }: Built): string {
    const { key } = entry;
    const path = `${this.#server.config.base}${FOLDER}${key}.wasm`;
    return `import { served } from ${JSON.stringify(pageFile())};
const about = ${JSON.stringify({ key, file: this.#shown(entry), path, version })};
export default served({ ...about, from: import.meta.url }, import.meta.hot);`;
  }

  /** An entry was built, or failed to be: watches its files, and tells the author and the open pages. */
  onBuild(entry: Entry, before: Stand): void {
    if (this.#entries.get(entry.file) !== entry) return; // The server was closed.
    this.#watch(entry);
    if (!before.built && !before.failure) return; // It is loaded for the first time: that tells.
    const { built, failure } = entry;
    if (failure) this.#onFailure(failure);
    // A page that failed to load has no code that could receive a message.
    else if (built && !before.built) this.#toAll((page) => page.send({ type: "full-reload", path: "*" }));
    else if (built && (before.failure || built.digest !== before.built?.digest))
      this.#onVersion(entry, built);
  }

  #watch({ file, built, failure }: Entry): void {
    const files = failure ? [file, ...failure.files] : (built?.files ?? []);
    const { config, watcher } = this.#server;
    // Vite watches its own root.
    const out = files.filter((each) => !each.startsWith(`${config.root}/`));
    watcher.add(out.filter((each) => !each.includes("/node_modules/")));
  }

  #onFailure(failure: Failure): void {
    this.#server.config.logger.error(textOf(failure), { timestamp: true, error: failure });
    this.#toAll((page) => show(page, failure));
  }

  #onVersion(entry: Entry, { digest, warnings }: Built): void {
    const { config, environments } = this.#server;
    const { moduleGraph } = environments.client;
    const module = moduleGraph.getModuleById(idOf(entry.file));
    if (module) moduleGraph.invalidateModule(module);
    for (const warning of warnings) config.logger.warn(plain(warning), { timestamp: true });
    config.logger.info(`[${PLUGIN}] built ${this.#shown(entry)}`, { timestamp: true });
    this.#toAll((page) => {
      page.send("moult:version", { key: entry.key, version: digest });
      // The overlay shows one error, and has just been cleared.
      for (const other of this.#entries.values()) if (other.failure) show(page, other.failure);
    });
  }

  /** A page says which version it has. */
  #onPresent(data: unknown, page: NormalizedHotChannelClient): void {
    const { key, version } = (data ?? {}) as { key?: unknown; version?: unknown };
    const entry = this.#find(key);
    if (entry?.built && entry.built.digest !== version)
      page.send("moult:version", { key, version: entry.built.digest });
    if (entry?.failure) show(page, entry.failure);
  }

  /** A page says that its plugin refused a version. */
  #onRefused(data: unknown, page: NormalizedHotChannelClient): void {
    const { key, message } = (data ?? {}) as { key?: unknown; message?: unknown };
    const entry = this.#find(key);
    if (!entry) return;
    const failure = failureOf(new Error(String(message).slice(0, LONGEST)), entry.file);
    this.#server.config.logger.error(textOf(failure), { timestamp: true });
    show(page, failure);
  }

  /** The module at a URL's path, if one of the plugins is there. */
  #wasmAt(url: string): Uint8Array | undefined {
    const before = this.#server.config.base + FOLDER;
    const [path = ""] = url.split("?");
    if (!path.startsWith(before)) return undefined;
    return this.#find(path.slice(before.length).replace(/\.wasm$/, ""))?.built?.wasm;
  }

  /**
   * Sends to the pages that are open now; Vite would keep an error for a page that is opened later, when it
   * may be fixed.
   */
  #toAll(tell: (page: Page) => void): void {
    if (this.#server.ws.clients.size > 0) tell(this.#server.environments.client.hot);
  }

  #find(key: unknown): Entry | undefined {
    return [...this.#entries.values()].find((entry) => entry.key === key);
  }

  #shown({ file }: Entry): string {
    return posix.relative(this.#server.config.root, file);
  }
}

/** A page reloads if the first update that it gets finds an overlay, so an empty update is sent first. */
function show(page: Page, failure: Failure): void {
  page.send({ type: "update", updates: [] });
  page.send(payloadOf(failure));
}

function send(
  response: ServerResponse,
  wasm: Uint8Array,
  headers: ViteDevServer["config"]["server"]["headers"] = {},
): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.setHeader("content-type", "application/wasm");
  response.setHeader("cache-control", "no-cache");
  response.end(wasm);
}

/**
 * Code that runs in Vite's own process, or wherever its environment is, and runs again when the plugin
 * changes.
 */
function inline(wasm: Uint8Array): string {
  return `const bytes = Uint8Array.from(atob("${Buffer.from(wasm).toString("base64")}"), (one) => one.charCodeAt(0));
export default { current: async () => bytes, subscribe: () => () => {} };`;
}

/** The file that Vite sends to the page, from this package. */
function pageFile(): string {
  const name = import.meta.url.endsWith(".ts") ? "./page.ts" : "./page.js";
  return normalizePath(fileURLToPath(new URL(name, import.meta.url)));
}
