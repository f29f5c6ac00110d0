/** Plugins in threads of their own, in pages: as the package is, through a build of Vite's, and in its development. */
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { preview } from "vite";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { optimized } from "../../host/vite/optimized.ts";
import { EXPECTED } from "../endless/expected.ts";
import { writeModules } from "../endless/modules.ts";
import { CHROMIUM, FIREFOX } from "./browser.ts";
import { type Site, site } from "./site.ts";
import { ISOLATING, type Served, served, writePlainSite, writeThreadSite } from "./thread-site.ts";
import { viteProcess } from "./vite-process.ts";

const PROGRAM = new URL("../endless/program.js", import.meta.url);
/** Leaves on the page's window what the program says. */
const ENDLESS = `import { endless } from "/program.js";

const read = async (name) => new Uint8Array(await (await fetch(\`/\${name}.wasm\`)).arrayBuffer());
endless(read).then(
  (lines) => Object.assign(window, { lines }),
  (error) => Object.assign(window, { failed: String(error) }),
);
`;

/** What `main.ts` left on the page's window. */
interface OnPage {
  readonly plugin: {
    readonly call: {
      handle(line: string): Promise<string>;
      now(): Promise<bigint>;
      total(): Promise<bigint>;
      spin(): Promise<void>;
    };
    readonly version: string;
    readonly warnings: readonly string[];
    close(): Promise<void>;
  };
  readonly logged: readonly string[];
  readonly failed?: string;
  swap(): Promise<{ readonly outcome: string }>;
}

/** @returns why there is no plugin, if there is none */
async function loaded(page: Page): Promise<string | undefined> {
  await page.waitForFunction(() => "plugin" in window || "failed" in window);
  return page.evaluate(() => (window as unknown as OnPage).failed);
}

/** A life of a plugin: it is called, asks, runs away, begins anew with all it had, is swapped and closed. */
async function life(page: Page): Promise<void> {
  expect(await loaded(page)).toBe(undefined);
  const lived = await page.evaluate(async () => {
    const { plugin, logged, swap } = window as unknown as OnPage;
    const { call } = plugin;
    const large = "grün 🌱 ".repeat(20_000);
    const first = [await call.handle("a"), (await call.handle(large)) === `${large}!`];
    const near = Math.abs(Number(await call.now()) - Date.now()) < 60_000;
    const spun = call.spin().catch((error) => error.code);
    const behind = call.total();
    const stopped = [await spun, Number(await behind)];
    const { outcome } = await swap();
    const second = [await call.handle("b"), Number(await call.total())];
    await plugin.close();
    const closed = await call.total().catch((error) => error.code);
    return { first, near, stopped, outcome, second, closed, logged: logged.map((line) => line.length) };
  });
  expect(lived).toEqual({
    first: ["a!", true],
    near: true,
    stopped: ["out-of-time", 2],
    outcome: "swapped",
    second: ["b?", 3],
    closed: "closed",
    logged: [1, 160_000, 1],
  });
}

it("keeps Vite 7 from bundling it without the file that threads start from", () => {
  expect(optimized("7.3.8")).toEqual({
    optimizeDeps: { exclude: ["moult"], include: ["moult > zod", "moult > zod/mini"] },
  });
  expect(optimized("8.0.0")).toEqual({});
});

let plain: Site;
let bundled: Site;
beforeAll(async () => {
  [plain, bundled] = [await site(inject("packed")), await site(inject("packed"))];
  await writePlainSite(plain);
  await writeThreadSite(bundled);
  const config = await bundled.read("vite.config.js");
  const headers = `server: { headers: ${JSON.stringify(ISOLATING)},`;
  await bundled.write("vite.config.js", config.replace("server: {", headers));
  await bundled.build();
  await plain.write("program.js", await readFile(PROGRAM, "utf8"));
  await writeModules(plain.root);
  await plain.write("endless.js", ENDLESS);
  await plain.write("endless.html", (await plain.read("index.html")).replace("/main.js", "/endless.js"));
}, 300_000);
afterAll(async () => {
  await plain?.leave();
  await bundled?.leave();
});

for (const { name, there, launch } of [CHROMIUM, FIREFOX]) {
  describe.skipIf(!there)(`a plugin in a thread of its own, in ${name}`, () => {
    let browser: Browser;
    let open: { close(): Promise<unknown> }[] = [];

    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());
    afterEach(async () => {
      for (const each of open.reverse()) await each.close();
      open = [];
    });

    async function visit(url: string): Promise<Page> {
      const page = await browser.newPage();
      open.push(page);
      page.setDefaultTimeout(90_000);
      await page.addInitScript(() =>
        addEventListener("error", ({ message }) => Object.assign(window, { failed: message })),
      );
      await page.goto(url);
      return page;
    }

    async function files(headers: Readonly<Record<string, string>>): Promise<Page> {
      const server: Served = await served(plain.root, headers);
      open.push(server);
      return visit(server.url);
    }

    it("lives, from nothing but the package's files", async () => {
      await life(await files(ISOLATING));
    });

    it("lives in a page that is not cross-origin isolated, too, and says that it takes longer", async () => {
      const page = await files({});
      await life(page);
      expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([
        false,
        "undefined",
      ]);
      const warnings = await page.evaluate(() => (window as unknown as OnPage).plugin.warnings);
      expect(warnings).toEqual([expect.stringContaining("its thread is reached by messages")]);
    });

    it("lives in a build of Vite's, under a policy that allows workers of its own", async () => {
      const policy =
        "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
      const server = await preview({
        root: bundled.root,
        configFile: false,
        logLevel: "silent",
        preview: { host: "127.0.0.1", port: 0, headers: { ...ISOLATING, "Content-Security-Policy": policy } },
      });
      open.push(server);
      await life(await visit(server.resolvedUrls!.local[0]!));
    });

    it("lives in Vite's development server", async () => {
      const server = viteProcess(bundled, []);
      open.push({ close: () => server.end() });
      const [, url] = await server.said(/Local: +(http:\S+)/);
      await life(await visit(url!));
    });

    it.each([
      ["that is cross-origin isolated", ISOLATING],
      ["that is not", {}],
    ])(
      "is stopped, as is one without a thread, in each of its entries, and no acknowledged call is lost, in a page %s",
      async (_, headers) => {
        const server: Served = await served(plain.root, headers);
        open.push(server);
        const page = await visit(`${server.url}endless.html`);
        await page.waitForFunction(() => "lines" in window || "failed" in window);
        const told = await page.evaluate(() => {
          const { failed, lines } = window as unknown as { failed?: string; lines?: string[] };
          return failed ?? lines;
        });
        expect(told).toEqual(EXPECTED);
      },
    );

    it("is refused by a policy that allows no workers, and that is said", async () => {
      const policy = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'none'";
      const page = await files({ ...ISOLATING, "Content-Security-Policy": policy });
      expect(await loaded(page)).toMatch(
        /^\[unavailable\] could not start a thread for http.*handler\.wasm: the Content Security Policy of the page does not allow it \(worker-src\); say worker-src 'self'/,
      );
    });
  });
}
