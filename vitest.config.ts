import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { startsMadeThread } from "./test/kept/guest-thread.ts";
import { takesSharedCompiler } from "./test/kept/shared-compiler.ts";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What takes minutes has a lane of its own, and what needs no process of its own: `vitest run --project quick` is the rest. */
const LANES = {
  /**
   * Many files in a process, which loads our sources once: what a test leaves in its process, the next file finds. A file
   * that mocks a module, or changes what a process has one of, belongs in `quick`.
   */
  pure: [
    "test/{assemblyscript,canonical,dependency,host,set,transform,wasm}/**/*.test.ts",
    "test/{fabric,keyed,release,remote}/!(page|rollouts|nats-cluster|http).test.ts",
    "test/{faults,state,testing}/!(untold|programs|released).test.ts",
    "test/errors.test.ts",
  ],
  /** The package as strangers get it, in their folders. */
  packed: ["test/docs/{package,start,setup,runtimes}.test.ts", "test/engines/servers.test.ts"],
  /** Vite's servers and builds, in a browser. */
  browser: [
    "test/{browser,vite}/**/*.test.ts",
    "test/{dashboard,remote,engines}/*page.test.ts",
    "test/demo/browser*.test.ts",
  ],
  /** Random programs by the hundred, swaps by the thousand, random steps by ten thousand, faults and rollouts over wires, and calls under which all is replaced. */
  long: [
    "test/keyed/rollouts.test.ts",
    "test/fabric/nats-cluster.test.ts",
    "test/release/http.test.ts",
    "test/state/programs.test.ts",
    "test/matrix/{far,thousands}.test.ts",
    "test/soak/**/*.test.ts",
    "test/hammer/**/*.test.ts",
    "test/load/**/*.test.ts",
  ],
} as const;
const ALL = ["test/**/*.test.ts", "wasm-plugins/**/*.test.ts"];

/** Lanes whose tests use the package as strangers get it: it is packed once, before them. */
const PACKED = ["packed", "browser"];

const lane = (name: string, include: readonly string[], exclude: readonly string[] = []) => ({
  extends: true as const,
  test: {
    name,
    include: [...include],
    exclude: [...exclude],
    isolate: name !== "pure",
    globalSetup: ["test/kept/setup.ts", ...(PACKED.includes(name) ? ["test/docs/packing.ts"] : [])],
  },
});

export default defineConfig({
  plugins: [startsMadeThread(), takesSharedCompiler()],
  resolve: {
    conditions: ["moult-source", "node"],
    // Our own name leads to the sources, so that tests need no build.
    alias: [
      { find: /^moult$/, replacement: source("./host/mod.ts") },
      { find: /^moult\/abi$/, replacement: source("./abi/mod.ts") },
      { find: /^moult\/assemblyscript$/, replacement: source("./host/guest/assemblyscript/mod.ts") },
      { find: /^moult\/transform$/, replacement: source("./abi/transform/mod.ts") },
      {
        find: /^moult\/(browser|capabilities|dashboard|grpc|keyed|nats|node|dev|oci|release|remote|set|testing|trust|vite)$/,
        replacement: source("./host/$1/mod.ts"),
      },
    ],
  },
  ssr: { resolve: { conditions: ["moult-source", "node"] } },
  test: {
    projects: [
      lane("quick", ALL, Object.values(LANES).flat()),
      ...Object.entries(LANES).map(([name, include]) => lane(name, include)),
    ],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Of two cores vitest would leave one idle, and what collects the results needs next to nothing.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Threads inherit them.
    execArgv: [`--import=${new URL("./test/sources.mjs", import.meta.url)}`],
  },
});
