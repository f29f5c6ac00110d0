/** A small Vite project in a folder of its own, with the packed package in it as strangers get it. */
import { readFile, realpath, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { normalizePath } from "vite";
import { type Stranger, stranger } from "../docs/stranger.ts";

export const HANDLER = `import { clock, log, state } from "moult/guest";
import { mark } from "./mark";

@state
class Totals {
  lines: u64 = 0;
}
const totals = state<Totals>();

export function handle(line: string): string {
  totals.lines++;
  if (totals.lines == 1) log.info("the first line");
  return mark(line);
}

export class Summary {
  lines: u64 = 0;
  /** Milliseconds since 1970. */
  at: i64 = 0;
  chance: f64 = 0;
}

export function summary(): Summary {
  return { lines: totals.lines, at: clock.now(), chance: Math.random() };
}

export function total(): u64 {
  return totals.lines;
}
`;

export const MARK = `export function mark(line: string): string {
  return line + "!";
}
`;

const FILES = {
  "package.json": JSON.stringify({
    name: "site",
    version: "1.0.0",
    type: "module",
    moult: { interface: "demo:site/handler@1.0.0" },
  }),
  "vite.config.js": `import { moult } from "moult/vite";

// What is edited before the watcher has seen it does not change: this says when it has.
const saying = {
  name: "saying",
  apply: "serve",
  configureServer: ({ watcher }) => void watcher.once("ready", () => console.log("the watcher is ready")),
};
export default {
  plugins: [moult(), saying],
  clearScreen: false,
  server: { host: "127.0.0.1", port: 0 },
};
`,
  "index.html": `<!doctype html>
<html><head><title>site</title><link rel="icon" href="data:,"></head>
<body><p id="said"></p><script type="module" src="/src/main.ts"></script></body></html>
`,
  "src/handler.ts": HANDLER,
  "src/mark.ts": MARK,
  "src/contract.ts": `import { contract } from "moult";
import * as z from "zod/mini";

const summary = z.object({ lines: z.uint64(), at: z.int64(), chance: z.float64() });
export const Handler = contract("demo:site/handler@1", {
  handle: { params: [z.string()], returns: z.string() },
  summary: { params: [], returns: summary },
  total: { params: [], returns: z.uint64() },
});
`,
  "src/said.ts": `export const said = "hello";
`,
  "src/main.ts": `import { clock, load, log, random } from "moult";
import { Handler } from "./contract.ts";
import handler from "./handler.ts?moult";
import { said } from "./said.ts";

const say = (text: string) => { document.querySelector("#said")!.textContent = text; };
say(said);
if (import.meta.hot) import.meta.hot.accept("./said.ts", (next) => say(next!.said));

const grant = [log(console), clock(), random()];
const plugin = await load(Handler, handler, { grant });
const records: object[] = [];
plugin.on("transition", (record) => records.push(record));
const revive = async () => load(Handler, handler, { grant, state: await plugin.snapshot() });
Object.assign(window, { plugin, records, revive });
`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2022",
      module: "esnext",
      moduleResolution: "bundler",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: ["vite/client", "moult/vite/client"],
      lib: ["es2023", "dom", "esnext.disposable"],
    },
    include: ["src/main.ts", "src/contract.ts"],
  }),
};

export interface Site extends Stranger {
  /** The folder, with links resolved and `/`, as Vite names it. */
  readonly root: string;
  /** Writes a file whole: who reads it meanwhile, as Vite does with its own modules, finds the old or the new. */
  replace(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  bytes(path: string): Promise<Uint8Array>;
  /** Builds it for its users. @param options of Vite's command line. @throws with what Vite printed */
  build(options?: string): Promise<void>;
}

export async function site(packed: string): Promise<Site> {
  const one = await stranger(packed);
  for (const [path, text] of Object.entries(FILES)) await one.write(path, text);
  // Vite resolves links, and its watcher does not.
  const root = await realpath(one.folder);
  return {
    ...one,
    root: normalizePath(root),
    async replace(path, text) {
      // In a folder that is not watched.
      const written = "node_modules/.written";
      await one.write(written, text);
      await rename(join(root, written), join(root, path));
    },
    read: (path) => readFile(join(root, path), "utf8"),
    bytes: (path) => readFile(join(root, path)),
    async build(options = "") {
      await one.type(`npx vite build ${options}`);
    },
  };
}

/** What `main.ts` left on the page's window. */
export interface OnPage {
  readonly plugin: {
    readonly call: {
      handle(line: string): Promise<string>;
      total(): Promise<bigint>;
      summary(): Promise<{ readonly lines: bigint; readonly at: bigint; readonly chance: number }>;
    };
    readonly generation: number;
  };
  readonly records: readonly { readonly outcome: string; readonly cause?: { readonly code: string } }[];
  /** Begins another one from a snapshot of the plugin. */
  revive(): Promise<OnPage["plugin"]>;
  /** Is lost when the page is loaded again. */
  mark?: string;
}

export async function handle(page: Page, line: string): Promise<string> {
  return page.evaluate((text) => (window as unknown as OnPage).plugin.call.handle(text), line);
}

export async function total(page: Page): Promise<bigint> {
  return BigInt(
    await page.evaluate(async () => String(await (window as unknown as OnPage).plugin.call.total())),
  );
}

/** Waits for so many records of swaps. @returns the last */
export async function record(page: Page, count: number): Promise<OnPage["records"][number]> {
  await page.waitForFunction((n) => (window as unknown as OnPage).records?.length >= n, count);
  return page.evaluate(() => (window as unknown as OnPage).records.at(-1)!);
}
