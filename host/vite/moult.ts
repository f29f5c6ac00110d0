/** The plugin for Vite: what an import that ends in `?moult` becomes. */
import { normalizePath, type Plugin, version } from "vite";
import { bundled } from "./bundled.ts";
import { pluginCompiler } from "./compiler.ts";
import { developed } from "./developed.ts";
import { PLUGIN } from "./failure.ts";
import { fileOf, idOf } from "./id.ts";
import { optimized } from "./optimized.ts";

export interface MoultOptions {
  /**
   * How plugins are built: `debug` builds fast and keeps function names, `release` optimizes for speed.
   * @default "debug" in `vite`, "release" in `vite build`
   */
  readonly optimize?: "debug" | "release";
  /**
   * More compiler options, as on its command line: `["--enable", "simd"]`. They come after those of the
   * `asconfig.json` beside the plugin.
   * @default none
   */
  readonly asc?: readonly string[];
}

/**
 * Lets a Vite project import plugins by their entry file: `import handler from "./handler.ts?moult"` gives a
 * source for `load` that changes. In development every edit becomes a swap in the page; a build emits a
 * `.wasm` file.
 */
export function moult(options: MoultOptions = {}): Plugin[] {
  const { asc = [] } = options;
  const compiler = (optimize: "debug" | "release") =>
    pluginCompiler({ optimize: options.optimize ?? optimize, asc });
  return [resolving(), developed(compiler("debug")), bundled(compiler("release"))];
}

function resolving(): Plugin {
  return {
    name: PLUGIN,
    enforce: "pre",
    config: () => optimized(version),
    async resolveId(source, importer, rest) {
      if (fileOf(source) !== undefined) return source;
      const path = /^([^?\0]+)\?moult$/.exec(source)?.[1];
      if (path === undefined) return undefined;
      const found = await this.resolve(path, importer, { ...rest, skipSelf: true });
      const file = found?.id.replace(/[?#].*$/, "");
      if (file === undefined || !file.endsWith(".ts")) {
        const what = found ? `${file} is no entry file of a plugin, a .ts file` : "there is no such file";
        throw new Error(`could not find ${source}${importer ? `, which ${importer} imports` : ""}: ${what}`);
      }
      return idOf(normalizePath(file));
    },
  };
}
