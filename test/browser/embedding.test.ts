/** What the page about embedding says of pages: its programs, made by each bundler, run in a browser under its policy. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { build } from "rolldown";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
// @ts-expect-error A script of the project's own, which has no types.
import { BUNDLERS, bundlePage } from "../../scripts/bundlers.mjs";
import { snippetsOf } from "../docs/snippets.ts";
import { type Stranger, stranger } from "../docs/stranger.ts";
import { build as compiled } from "../kept/build.ts";
import { CHROMIUM, FIREFOX } from "../vite/browser.ts";
import { ISOLATING, served } from "../vite/thread-site.ts";

/** Bytes with gzip of what comes with the page of the document, zod too: what was reached, rounded up. */
const BUDGETS: Readonly<Record<string, number>> = {
  vite: 62_000,
  rolldown: 62_000,
  // With parts of a program apart, it keeps all of zod's languages.
  esbuild: 140_000,
  // With its own minifier, which takes a minute, 58,000.
  webpack: 84_000,
};
const PAGE = (script: string) => `<!doctype html>
<html lang="en"><head><title>not yet</title><link rel="icon" href="data:,"></head>
<body><script type="module" src="/${script}"></script></body></html>
`;
const REGISTER = `const { active, installing } = await navigator.serviceWorker.register("/service.js", { type: "module" });
const worker = active ?? installing;
if (worker.state !== "activated")
  await new Promise((resolve) => worker.addEventListener("statechange", () => worker.state === "activated" && resolve()));
document.title = "served";
`;

const FROZEN = 'document.documentElement.setAttribute("data-frozen", Object.isFrozen(Array.prototype));\n';

const document = await readFile(new URL("../../docs/embedding.md", import.meta.url), "utf8");
const policy = /^Content-Security-Policy: (.+)$/m.exec(document)![1]!;

/** Ends the service worker, as a browser does when nothing comes. */
async function stopped(page: Page): Promise<void> {
  if (page.context().browser()!.browserType().name() === "chromium") {
    const session = await page.context().newCDPSession(page);
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.stopAllWorkers");
    return;
  }
  await page.evaluate(async () => {
    for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister();
  });
  await page.reload();
  await expect.poll(() => page.title(), { timeout: 60_000 }).toBe("served");
  await page.reload();
}

let one: Stranger;
beforeAll(async () => {
  one = await stranger(inject("packed"));
  for (const snippet of snippetsOf(document))
    if (snippet.kind === "file") await one.write(snippet.path, snippet.text);
  for (const n of [1, 2]) {
    const { wasm } = await compiled(join(one.folder, `visits-${n}.ts`), { optimize: "debug" });
    await writeFile(join(one.folder, "page", "src", `visits-${n}.wasm`), wasm);
  }
});
afterAll(() => one?.leave());

for (const { name: engine, there, launch } of [CHROMIUM, FIREFOX]) {
  describe.skipIf(!there)(`in ${engine}`, () => {
    let browser: Browser;
    let over: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());
    afterEach(async () => {
      for (const end of over.reverse()) await end();
      over = [];
    });

    /** @returns a page, and what its browser complained about */
    async function visit(
      folder: string,
      headers: Readonly<Record<string, string>>,
    ): Promise<[Page, string[]]> {
      const server = await served(folder, {
        "Content-Security-Policy": `${policy}; img-src data:`,
        ...headers,
      });
      const context = await browser.newContext();
      over.push(server.close, () => context.close());
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("pageerror", ({ message }) => complaints.push(message));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await page.goto(server.url);
      return [page, complaints];
    }

    for (const { name, there: here } of BUNDLERS as { readonly name: string; readonly there: boolean }[])
      it.skipIf(!here)(
        here
          ? `${name} makes a page that runs`
          : `${name} makes a page that runs (.ci/run browser installs it)`,
        async () => {
          const out = join(one.folder, `out-${name}`);
          const sizes = existsSync(out) || (await bundlePage(name, join(one.folder, "page"), out));
          if (sizes !== true) expect(sizes.page).toBeLessThan(BUDGETS[name]!);
          await writeFile(join(out, "index.html"), PAGE("page.js"));
          for (const headers of [ISOLATING, {}]) {
            const [page, complaints] = await visit(out, headers);
            await expect.poll(() => page.title().catch(String), { timeout: 60_000 }).toBe("1, 1, 11");
            expect(complaints).toEqual([]);
          }
        },
      );

    const ses = fileURLToPath(new URL("../../.ci-bundlers/node_modules/ses", import.meta.url));
    it.skipIf(!existsSync(ses))(
      "runs after SES has locked its page down (.ci/run browser installs it)",
      async () => {
        const out = join(one.folder, "out-hardened");
        await build({
          cwd: join(one.folder, "page"),
          input: "src/hardened.js",
          platform: "browser",
          resolve: { alias: { ses } },
          experimental: { resolveNewUrlToAsset: true },
          output: { dir: out },
        });
        await writeFile(join(out, "told.js"), FROZEN);
        await writeFile(
          join(out, "index.html"),
          `${PAGE("hardened.js")}<script type="module" src="/told.js"></script>`,
        );
        const [page, complaints] = await visit(out, {});
        await expect.poll(() => page.title().catch(String), { timeout: 60_000 }).toBe("1, 1, 11");
        expect(await page.getAttribute("html", "data-frozen")).toBe("true");
        // SES looks itself whether there is an eval, which Firefox reports.
        const others = complaints.filter((text) => !/blocked a JavaScript eval/.test(text));
        expect(others).toEqual([]);
      },
    );

    it("a service worker keeps a plugin, and begins anew with all it had", async () => {
      const out = join(one.folder, "out-service");
      await mkdir(out, { recursive: true });
      await build({
        cwd: join(one.folder, "page"),
        input: "src/service.js",
        platform: "browser",
        output: { file: join(out, "service.js"), codeSplitting: false },
      });
      await writeFile(join(out, "visits-1.wasm"), await readFile(join(one.folder, "page/src/visits-1.wasm")));
      await writeFile(join(out, "register.js"), REGISTER);
      await writeFile(join(out, "index.html"), PAGE("register.js"));
      const [page, complaints] = await visit(out, {});
      await expect.poll(() => page.title(), { timeout: 60_000 }).toBe("served");
      await page.reload();
      const ask = () => page.evaluate(async () => (await fetch("/visits/home")).text());
      expect([await ask(), await ask()]).toEqual(["1", "2"]);
      await stopped(page);
      expect(await ask()).toBe("3");
      expect(complaints).toEqual([]);
    });
  });
}
