/** The plugin for Vite in development: a real server, a real browser, and files that are edited on the disk. */
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { createLogger, createServer, type ViteDevServer } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { pack } from "../docs/stranger.ts";
import { executable, launch, WANTED } from "./browser.ts";
import { HANDLER, handle, MARK, type OnPage, record, type Site, site, total } from "./site.ts";

describe.skipIf(!executable)(`a plugin that its author edits, ${WANTED}`, () => {
  let packed: string;
  let browser: Browser;
  let own: Site;
  let server: ViteDevServer;
  let page: Page;
  let said: string[];
  let logged: string[];

  beforeAll(async () => {
    packed = await pack();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    if (packed) await rm(dirname(packed), { recursive: true });
  });
  beforeEach(async () => {
    own = await site(packed);
  });
  afterEach(async () => {
    await page?.close();
    await server?.close();
    await own.leave();
  });

  /** Serves the project and opens its page. */
  async function open(base = "/"): Promise<void> {
    logged = [];
    const customLogger = createLogger("silent");
    for (const level of ["info", "warn", "error"] as const) customLogger[level] = (text) => logged.push(text);
    server = await createServer(own.config({ base, customLogger }));
    await server.listen();
    // What is edited before the watcher has seen it does not change.
    await vi.waitFor(() => expect(server.watcher.getWatched()[join(own.root, "src")]).toContain("mark.ts"));
    page = await browser.newPage();
    said = [];
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => said.push(`thrown: ${error.message}`));
    await page.goto(url(base));
  }
  const url = (base = "/") => `${new URL(server.resolvedUrls!.local[0]!).origin}${base}`;

  async function loaded(): Promise<void> {
    await page.waitForFunction(() => "plugin" in window);
    await page.evaluate(() => {
      (window as unknown as OnPage).mark = "not reloaded";
    });
  }
  const marked = () => page.evaluate(() => (window as unknown as OnPage).mark);
  const overlay = () => page.locator("vite-error-overlay");

  it("loads, and every edit of it or of what it imports swaps it in the page, with its state", async () => {
    await open();
    await loaded();
    expect(await handle(page, "a")).toBe("a!");
    await own.write("src/mark.ts", MARK.replace("!", "?"));
    expect((await record(page, 1)).outcome).toBe("swapped");
    expect(await handle(page, "b")).toBe("b?");
    await own.write("src/handler.ts", HANDLER.replace("mark(line)", "mark(line.toUpperCase())"));
    expect((await record(page, 2)).outcome).toBe("swapped");
    expect(await handle(page, "c")).toBe("C?");
    expect(await total(page)).toBe(3n);
    expect(await marked()).toBe("not reloaded");
    expect(said.filter((text) => /^(error|warning|thrown)/.test(text))).toEqual([]);
  });

  it("shows a broken edit with its place while the old version serves, and clears it when it is mended", async () => {
    await open();
    await loaded();
    await handle(page, "a");
    await own.write("src/mark.ts", MARK.replace('"!"', "oops"));
    await overlay().waitFor({ state: "attached" });
    const frame = "2 |   return line + oops;\n                    ^^^^";
    expect(await shown()).toEqual({
      title: "[plugin:moult] TS2304: Cannot find name 'oops'.",
      file: `${own.root}/src/mark.ts:2:17`,
      frame,
    });
    expect(logged.join("\n")).toContain(
      `[moult] ${own.root}/src/mark.ts:2:17\nTS2304: Cannot find name 'oops'.\n${frame}`,
    );
    expect(await handle(page, "b")).toBe("b!");
    await own.write("src/mark.ts", MARK.replace("!", "?"));
    expect((await record(page, 1)).outcome).toBe("swapped");
    expect(await overlay().count()).toBe(0);
    expect(await handle(page, "c")).toBe("c?");
    expect(await total(page)).toBe(3n);
    expect(await marked()).toBe("not reloaded");
  });

  it("shows what is broken still after a reload, with the last good version, and clears it by an undo", async () => {
    await open();
    await loaded();
    await own.write("src/mark.ts", MARK.replace('"!"', "oops"));
    await overlay().waitFor({ state: "attached" });
    await page.reload();
    await loaded();
    await overlay().waitFor({ state: "attached" });
    expect(await handle(page, "a")).toBe("a!");
    await own.write("src/mark.ts", MARK);
    await overlay().waitFor({ state: "detached" });
    expect(await page.evaluate(() => (window as unknown as OnPage).plugin.generation)).toBe(1);
    expect(await marked()).toBe("not reloaded");
  });

  it("lets other modules be updated as ever, also while the plugin is broken", async () => {
    await open();
    await loaded();
    await handle(page, "a");
    await own.write("src/handler.ts", HANDLER.replace("u64 = 0", "u64 = nought"));
    await overlay().waitFor({ state: "attached" });
    await own.write("src/said.ts", 'export const said = "good morning";\n');
    await page.locator("#said", { hasText: "good morning" }).waitFor();
    expect(await total(page)).toBe(1n);
    expect(await marked()).toBe("not reloaded");
  });

  it("says why the host refused a version, in the console, the overlay and the terminal", async () => {
    await open();
    await loaded();
    await handle(page, "a");
    await own.write("src/handler.ts", HANDLER.replaceAll("lines", "count"));
    expect(await record(page, 1)).toMatchObject({
      outcome: "refused",
      cause: { code: "incompatible-state" },
    });
    await overlay().waitFor({ state: "attached" });
    const { title, file } = await shown();
    expect(title).toMatch(
      /^\[plugin:moult\] \[incompatible-state\] could not swap site 1\.0\.0: .*lines.*anew with this one$/s,
    );
    expect(file).toBe(`${own.root}/src/handler.ts`);
    const message = title!.replace("[plugin:moult] ", "");
    expect(said).toContain(`error: [moult] src/handler.ts: ${message}`);
    expect(logged).toContain(`[moult] ${own.root}/src/handler.ts\n${message}`);
    expect(await total(page)).toBe(1n);
    await own.write("src/handler.ts", HANDLER.replace("mark(line)", "mark(mark(line))"));
    expect((await record(page, 2)).outcome).toBe("swapped");
    await overlay().waitFor({ state: "detached" });
    expect(await handle(page, "b")).toBe("b!!");
    expect(await total(page)).toBe(2n);
    expect(await marked()).toBe("not reloaded");
  });

  it("loads the page again when a plugin that never was built is mended, below a base too", async () => {
    await own.write("src/handler.ts", HANDLER.replace("./mark", "./marks"));
    await open("/deep/er/");
    await overlay().waitFor({ state: "attached" });
    expect((await shown()).title).toContain("TS6054: File 'marks.ts' not found.");
    await own.write("src/marks.ts", MARK);
    await loaded();
    expect(await handle(page, "a")).toBe("a!");
    await own.write("src/marks.ts", MARK.replace("!", "?"));
    await record(page, 1);
    expect(await handle(page, "b")).toBe("b?");
    expect(await total(page)).toBe(2n);
    expect(await marked()).toBe("not reloaded");
  });

  /** What the overlay says. */
  async function shown() {
    const text = async (part: string) =>
      (await overlay().locator(part).count()) === 0 ? undefined : overlay().locator(part).innerText();
    const [plugin, message] = [await text(".plugin"), await text(".message-body")];
    const [file, frame] = [await text(".file"), await text(".frame")];
    return { title: `${plugin ?? ""}${message}`.trim(), file, frame };
  }
});
