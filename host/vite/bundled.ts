/** An imported plugin in a build: a `.wasm` file with a hash in its name, and its URL. */
import { basename } from "node:path";
import type { Plugin } from "vite";
import type { Built, PluginCompiler } from "./compiler.ts";
import { type Failure, PLUGIN } from "./failure.ts";
import { fileOf } from "./id.ts";

export function bundled(compiler: PluginCompiler): Plugin {
  /** Builds by entry file: the build for browsers and that for servers share them. */
  const builds = new Map<string, Promise<Built>>();
  /** By environment, and by the reference of an asset. */
  const emitted = new Map<string, Map<string, Uint8Array>>();
  /** The environments that are being built. */
  const open = new Set<string>();
  return {
    name: `${PLUGIN}:build`,
    apply: "build",
    enforce: "pre",
    buildStart() {
      emitted.delete(this.environment.name);
      open.add(this.environment.name);
    },
    watchChange() {
      builds.clear();
    },
    async load(id) {
      const file = fileOf(id);
      if (file === undefined) return undefined;
      this.addWatchFile(file);
      const building = builds.get(file) ?? compiler.build(file);
      builds.set(file, building);
      const { wasm, files, warnings } = await building.catch((failure: Failure) => {
        for (const each of failure.files) this.addWatchFile(each);
        throw failure;
      });
      for (const each of files) this.addWatchFile(each);
      for (const warning of warnings) this.warn(warning);
      const name = `${basename(file).replace(/\.ts$/, "")}.wasm`;
      const reference = this.emitFile({ type: "asset", name, source: wasm });
      const assets = emitted.get(this.environment.name) ?? new Map<string, Uint8Array>();
      emitted.set(this.environment.name, assets.set(reference, wasm));
      return {
        code: `const url = new URL(import.meta.ROLLUP_FILE_URL_${reference}, import.meta.url);
export default { current: async () => url, subscribe: () => () => {} };`,
        map: { mappings: "" },
        moduleSideEffects: false,
      };
    },
    // On a server a module lies beside the code that reads it, and not at the URL that browsers fetch.
    resolveFileUrl({ moduleId, relativePath }) {
      if (fileOf(moduleId) === undefined || this.environment.config.consumer === "client") return undefined;
      return `new URL(${JSON.stringify(relativePath)}, import.meta.url).href`;
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        // Vite drops the assets of a server's build, because the browsers' build has the same ones; but the
        // server reads this one.
        for (const [reference, source] of emitted.get(this.environment.name) ?? []) {
          const fileName = this.getFileName(reference);
          if (!(fileName in bundle)) this.emitFile({ type: "asset", fileName, source });
        }
      },
    },
    async closeBundle() {
      open.delete(this.environment.name);
      if (open.size === 0 && !this.meta.watchMode) await compiler.close();
    },
    closeWatcher: () => compiler.close(),
  };
}
