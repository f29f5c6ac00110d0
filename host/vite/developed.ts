/** An imported plugin in a development server: a source that changes as its author edits. */
import type { ServerResponse } from "node:http";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { type NormalizedHotChannelClient, normalizePath, type Plugin, type ViteDevServer } from "vite";
import type { PluginCompiler } from "./compiler.ts";
import { Entry, type Stand } from "./entry.ts";
import { type Failure, failureOf, PLUGIN, payloadOf, plain, textOf } from "./failure.ts";
import { fileOf, idOf } from "./id.ts";

/** The folder of modules, below the project's base. */
const FOLDER = "@moult/";
/** The longest message of a page, in characters. */
const LONGEST = 4_000;

export function developed(compiler: PluginCompiler): Plugin {
  const entries = new Map<string, Entry>();
  let server: ViteDevServer;

  const onBuild = (entry: Entry, before: Stand): void => {
    if (entries.get(entry.file) !== entry) return; // The server was closed.
    const { logger } = server.config;
    const { built, failure } = entry;
    const files = failure ? [entry.file, ...failure.files] : (built?.files ?? []);
    // Vite watches its own root.
    const out = files.filter((file) => !file.startsWith(`${server.config.root}/`));
    server.watcher.add(out.filter((file) => !file.includes("/node_modules/")));
    if (!before.built && !before.failure) return; // It is loaded for the first time: that tells.
    if (failure) {
      logger.error(textOf(failure), { timestamp: true, error: failure });
      toAll((page) => show(page, failure));
    } else if (built && !before.built) {
      // A page that failed to load has no code that could receive a message.
      toAll((page) => page.send({ type: "full-reload", path: "*" }));
    } else if (built && (before.failure || built.digest !== before.built?.digest)) {
      const module = server.environments.client.moduleGraph.getModuleById(idOf(entry.file));
      if (module) server.environments.client.moduleGraph.invalidateModule(module);
      for (const warning of built.warnings) logger.warn(plain(warning), { timestamp: true });
      logger.info(`[${PLUGIN}] built ${shown(entry)}`, { timestamp: true });
      toAll((page) => {
        page.send("moult:version", { key: entry.key, version: built.digest });
        // The overlay shows one error, and has just been cleared.
        for (const other of entries.values()) if (other.failure) show(page, other.failure);
      });
    }
  };

  /**
   * Sends to the pages that are open now; Vite would keep an error for a page that is opened later, when it
   * may be fixed.
   */
  const toAll = (tell: (page: Pick<NormalizedHotChannelClient, "send">) => void): void => {
    if (server.ws.clients.size > 0) tell(server.environments.client.hot);
  };
  const shown = ({ file }: Entry): string => posix.relative(server.config.root, file);
  const find = (key: unknown) => [...entries.values()].find((entry) => entry.key === key);

  return {
    name: `${PLUGIN}:serve`,
    apply: "serve",
    enforce: "pre",

    configureServer(made) {
      server = made;
      const { hot } = server.environments.client;
      hot.on("moult:present", (data: unknown, page) => {
        const { key, version } = (data ?? {}) as { key?: unknown; version?: unknown };
        const entry = find(key);
        if (entry?.built && entry.built.digest !== version)
          page.send("moult:version", { key, version: entry.built.digest });
        if (entry?.failure) show(page, entry.failure);
      });
      hot.on("moult:refused", (data: unknown, page) => {
        const { key, message } = (data ?? {}) as { key?: unknown; message?: unknown };
        const entry = find(key);
        if (!entry) return;
        const failure = failureOf(new Error(String(message).slice(0, LONGEST)), entry.file);
        server.config.logger.error(textOf(failure), { timestamp: true });
        show(page, failure);
      });
      server.middlewares.use((request, response, next) => {
        const before = server.config.base + FOLDER;
        const [path = ""] = (request.url ?? "").split("?");
        const key = path.startsWith(before) ? path.slice(before.length).replace(/\.wasm$/, "") : undefined;
        const entry = find(key);
        if (entry?.built) send(response, entry.built.wasm, server.config.server.headers);
        else next();
      });
    },

    async load(id) {
      const file = fileOf(id);
      if (file === undefined) return undefined;
      const entry = entries.get(file) ?? new Entry(file, compiler, onBuild);
      entries.set(file, entry);
      if (!entry.built && !entry.failure) await entry.build();
      if (!entry.built) throw entry.failure;
      const { wasm, digest: version } = entry.built;
      if (this.environment.config.consumer !== "client") return inline(wasm);
      const { key } = entry;
      const path = `${server.config.base}${FOLDER}${key}.wasm`;
      return `import { served } from ${JSON.stringify(pageFile())};
const about = ${JSON.stringify({ key, file: shown(entry), path, version })};
export default served({ ...about, from: import.meta.url }, import.meta.hot);`;
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
      if (this.environment !== server.environments[this.environment.name]) return;
      entries.clear();
      await compiler.close();
    },
  };
}

/** A page reloads if the first update that it gets finds an overlay, so an empty update is sent first. */
function show(page: Pick<NormalizedHotChannelClient, "send">, failure: Failure): void {
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
