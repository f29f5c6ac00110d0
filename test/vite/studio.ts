/** An author's desk: a development server that serves a site, and its page in a browser. */
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { createLogger, createServer } from "vite";
import { expect, vi } from "vitest";
import type { OnPage, Site } from "./site.ts";

export interface Studio {
  readonly page: Page;
  /** What the page said in its console, and what was thrown in it: `error: ...`. */
  readonly said: readonly string[];
  /** What the server wrote to its terminal. */
  readonly logged: readonly string[];
  readonly overlay: Locator;
  /** What the overlay says. */
  shown(): Promise<Readonly<Record<"title" | "file" | "frame", string | undefined>>>;
  /** Waits until the page has its plugin, and marks the page. */
  loaded(): Promise<void>;
  /** Whether the page was not loaded again since. */
  marked(): Promise<boolean>;
  close(): Promise<void>;
}

export async function studio(own: Site, browser: Browser, base = "/"): Promise<Studio> {
  const logged: string[] = [];
  const customLogger = createLogger("silent");
  for (const level of ["info", "warn", "error"] as const) customLogger[level] = (text) => logged.push(text);
  const server = await createServer(own.config({ base, customLogger }));
  await server.listen();
  // What is edited before the watcher has seen it does not change.
  await vi.waitFor(
    () => expect(server.watcher.getWatched()[join(own.root, "src")]).toContain("mark.ts"),
    20_000,
  );
  const page = await browser.newPage();
  page.setDefaultTimeout(90_000);
  const said: string[] = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`thrown: ${error.message}`));
  await page.goto(server.resolvedUrls!.local[0]!);
  const overlay = page.locator("vite-error-overlay");
  const text = async (part: string) =>
    (await overlay.locator(part).count()) === 0 ? undefined : overlay.locator(part).innerText();
  return {
    page,
    said,
    logged,
    overlay,
    async shown() {
      const title = `${(await text(".plugin")) ?? ""}${await text(".message-body")}`.trim();
      return { title, file: await text(".file"), frame: await text(".frame") };
    },
    async loaded() {
      await page.waitForFunction(() => "plugin" in window);
      await page.evaluate(() => {
        (window as unknown as OnPage).mark = "not reloaded";
      });
    },
    marked: () => page.evaluate(() => (window as unknown as OnPage).mark === "not reloaded"),
    async close() {
      await page.close();
      await server.close();
    },
  };
}
