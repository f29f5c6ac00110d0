/** The plugin for Vite in builds: what lies in them, and that it works where it is served. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { type PreviewServer, preview } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { clock, type LiveSource, load, log, random } from "../../host/mod.ts";
import { CHROMIUM, FIREFOX } from "./browser.ts";
import { handle, MARK, type OnPage, type Site, site, total } from "./site.ts";
import { viteProcess } from "./vite-process.ts";

let own: Site;

beforeEach(async () => {
  own = await site(inject("packed"));
});
afterEach(() => own.leave());

const SERVED = `import handler from "./handler.ts?moult";
export { handler };
`;

/** A development server of an author's own, in whose process the plugin runs; and an edit. */
const PROGRAM = `import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { clock, load, log, random } from "moult";
import { moult } from "moult/vite";
import { createServer } from "vite";

let ready;
const watching = { name: "watching", configureServer: ({ watcher }) => { ready = once(watcher, "ready"); } };
const server = await createServer({
  configFile: false,
  plugins: [moult(), watching],
  server: { middlewareMode: true },
  logLevel: "error",
});
const answer = async () => {
  const { handler } = await server.ssrLoadModule("/src/server.ts");
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const plugin = await load(handler, { grant: [log(quiet), clock(), random()] });
  const said = await plugin.call.handle("a");
  await plugin.close();
  return said;
};
console.log(await answer());
await ready;
const changed = once(server.watcher, "change");
await writeFile("src/mark.ts", ${JSON.stringify(MARK.replace("!", "?"))});
await changed;
let said = "a!";
while (said === "a!") {
  // What is in memory already is answered before the server looks at anything else.
  await new Promise((resolve) => setImmediate(resolve));
  said = await answer();
}
console.log(said);
await server.close();
`;

/** More than the compiler can take. */
const DEEP = MARK.replace('"!"', `${"(".repeat(30_000)}"!"${")".repeat(30_000)}`);

it("types an import as a source that changes", async () => {
  await own.type("npx tsc");
  await own.write("src/main.ts", 'import handler from "./handler.ts?moult";\nhandler.nothing();\n');
  await expect(own.type("npx tsc")).rejects.toThrow(
    "src/main.ts(2,9): error TS2339: Property 'nothing' does not exist on type 'LiveSource'.",
  );
});

it("emits a module with a hash in its name, which changes when the code does, and no server's code", async () => {
  await own.build();
  const first = await assets("dist/assets");
  expect(first.wasm).toEqual([expect.stringMatching(/^handler-[\w-]{8}\.wasm$/)]);
  expect(first.code).toContain(`/assets/${first.wasm[0]}`);
  expect(first.code).not.toContain("moult:present");
  await own.write("src/mark.ts", MARK.replace("!", "?"));
  await own.build();
  expect((await assets("dist/assets")).wasm).not.toEqual(first.wasm);
});

it("gives a server's build its own copy, read from beside the code, wherever it lies", async () => {
  await own.write("src/server.ts", SERVED);
  await own.build("--base /deep/ --ssr src/server.ts --outDir out");
  expect(await answers(await import(pathToFileURL(join(own.root, "out/server.js")).href))).toBe("a!");
});

it("works in a development server's own process, and is built anew there when it changed", async () => {
  await own.write("src/server.ts", SERVED);
  await own.write("program.mjs", PROGRAM);
  expect(await own.type("node program.mjs")).toBe("a!\na?\n");
});

it("fails a build with the author's line", async () => {
  await own.write("src/mark.ts", MARK.replace('"!"', "oops"));
  const error = await own.build().then(String, String);
  expect(error).toContain("TS2304: Cannot find name 'oops'.");
  expect(error).toContain("2 |   return line + oops;\n                    ^^^^");
  expect(error).toContain("src/mark.ts:2:17");
});

it("says so when there is no such entry file", async () => {
  await own.write("src/main.ts", 'import handler from "./handle.ts?moult";\nconsole.log(handler);\n');
  const error = await own.build().then(String, String);
  expect(error).toMatch(
    /could not find \.\/handle\.ts\?moult, which .*\/src\/main\.ts imports: there is no such file/,
  );
});

it("builds for speed, unless it is told otherwise", async () => {
  const size = async () => {
    await own.build();
    const [name] = (await assets("dist/assets")).wasm;
    return (await own.bytes(`dist/assets/${name}`)).length;
  };
  const release = await size();
  const config = await own.read("vite.config.js");
  await own.write("vite.config.js", config.replace("moult()", 'moult({ optimize: "debug" })'));
  expect(await size()).toBeGreaterThan(2 * release);
  await own.write("vite.config.js", config.replace("moult()", 'moult({ asc: ["--enable", "nothing"] })'));
  await expect(size()).rejects.toThrow("nothing");
});

it("heeds asconfig.json beside the plugin, and what the config of Vite says on top of it", async () => {
  await own.write("src/server.ts", SERVED);
  await own.write(
    "src/mark.ts",
    MARK.replace('"!"', "ASC_OPTIMIZE_LEVEL.toString() + ASC_SHRINK_LEVEL.toString()"),
  );
  await own.write("asconfig.json", JSON.stringify({ options: { optimizeLevel: 1, shrinkLevel: 0 } }));
  const config = await own.read("vite.config.js");
  await own.write("vite.config.js", config.replace("moult()", 'moult({ asc: ["--shrinkLevel", "2"] })'));
  await own.build("--ssr src/server.ts --outDir out");
  expect(await answers(await import(pathToFileURL(join(own.root, "out/server.js")).href))).toBe("a12");
});

it("builds again and again while it watches, also when asconfig.json changes and when the compiler crashed", async () => {
  await own.write("src/mark.ts", MARK.replace('"!"', '(ASC_FEATURE_SIMD ? "+" : "-")'));
  await own.write("asconfig.json", "{}");
  const building = viteProcess(own, ["build", "--watch"]);
  try {
    await building.said(/built in/);
    const plain = await assets("dist/assets");
    await own.write("asconfig.json", JSON.stringify({ options: { enable: ["simd"] } }));
    await building.said(/built in/, 2);
    expect((await assets("dist/assets")).wasm).not.toEqual(plain.wasm);
    await own.write("src/mark.ts", DEEP);
    await building.said(/the compiler crashed: Maximum call stack size exceeded/);
    await own.write("src/mark.ts", MARK);
    await building.said(/built in/, 3);
  } finally {
    await building.end();
  }
});

it("fails a build in which the compiler crashes, and ends", async () => {
  await own.write("src/mark.ts", DEEP);
  const entry = join(own.root, "src/handler.ts");
  await expect(own.build()).rejects.toThrow(
    `could not build ${entry}: the compiler crashed: Maximum call stack size exceeded`,
  );
});

/** Builds by their bases, in one site: each is made once for all browsers, when it is first wanted. */
const made = new Map<string, Promise<string>>();
let shared: Promise<Site> | undefined;
afterAll(async () => (await shared)?.leave());

/** @returns the folder of the build */
function built(base: string): Promise<string> {
  const outDir = `built-${made.size}`;
  const build = async () => {
    shared ??= site(inject("packed"));
    await (await shared).build(`--base ${base} --outDir ${outDir}`);
    return outDir;
  };
  const known = made.get(base) ?? build();
  made.set(base, known);
  return known;
}

for (const { name, there, launch } of [CHROMIUM, FIREFOX]) {
  describe.skipIf(!there)(`a build that is served, in ${name}`, () => {
    let browser: Browser;
    let page: Page;
    let server: PreviewServer;
    let violations: string[];
    let thrown: string[];

    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());
    afterEach(async () => {
      await page?.close();
      await server?.close();
    });

    /** Serves the build, with nothing allowed but what is said. */
    async function open(base: string, scripts: string): Promise<void> {
      const policy = `default-src 'self'; img-src data:; script-src ${scripts}`;
      const headers = { "Content-Security-Policy": policy };
      const outDir = await built(base);
      server = await preview({
        root: (await shared!).root,
        base,
        build: { outDir },
        configFile: false,
        logLevel: "silent",
        preview: { host: "127.0.0.1", port: 0, headers },
      });
      page = await browser.newPage();
      page.setDefaultTimeout(90_000);
      violations = [];
      thrown = [];
      page.on("pageerror", (error) => thrown.push(error.message));
      await page.exposeFunction("violated", (what: string) => violations.push(what));
      await page.addInitScript(() => {
        addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
          (window as unknown as { violated(what: string): void }).violated(
            `${violatedDirective} ${blockedURI}`,
          ),
        );
      });
      await page.goto(server.resolvedUrls!.local[0]!);
    }

    it.each(["/deep/er/", "./"])(
      "works with the base %s, where WebAssembly is allowed and eval is not",
      async (base) => {
        await open(base, "'self' 'wasm-unsafe-eval'");
        await page.waitForFunction(() => "plugin" in window);
        const line = "grün 🌱 ".repeat(100);
        expect(await handle(page, line)).toBe(`${line}!`);
        expect(await total(page)).toBe(1n);
        const revived = await page.evaluate(async () => {
          const { lines, at, chance } = await (await (window as unknown as OnPage).revive()).call.summary();
          return [lines, Math.abs(Number(at) - Date.now()) < 60_000, chance > 0 && chance < 1].join();
        });
        expect(revived).toBe("1,true,true");
        expect({ violations, thrown }).toEqual({ violations: [], thrown: [] });
      },
    );

    it("does not work where WebAssembly is not allowed, and says why", async () => {
      await open("./", "'self'");
      await expect
        .poll(() => thrown.join("\n"), { timeout: 60_000 })
        .toMatch(
          /^\[invalid-module\] could not load http.*\.wasm: it is not valid WebAssembly: .*(Content Security Policy|CSP)/m,
        );
    });
  });
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

async function answers(module: Record<string, unknown>): Promise<unknown> {
  const grant = [log(quiet), clock(), random()];
  const plugin = await load(module.handler as LiveSource, { grant });
  try {
    return await (plugin.call as Record<string, (line: string) => Promise<unknown>>).handle!("a");
  } finally {
    await plugin.close();
  }
}

/** What lies in a folder of a build. */
async function assets(folder: string): Promise<{ wasm: string[]; code: string }> {
  const names = await readdir(join(own.root, folder));
  const code = await Promise.all(
    names.filter((name) => name.endsWith(".js")).map((name) => own.read(`${folder}/${name}`)),
  );
  return { wasm: names.filter((name) => name.endsWith(".wasm")), code: code.join("\n") };
}
