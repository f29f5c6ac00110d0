/** An author's desk: a development server that serves a site, and its page in a browser. */
import type { Browser, Locator, Page } from "playwright-core";
import type { OnPage, Site } from "./site.ts";
import { viteProcess } from "./vite-process.ts";

export interface Studio {
  readonly page: Page;
  /** What the page said in its console, and what was thrown in it: `error: ...`. */
  readonly said: readonly string[];
  /** What the server wrote to its terminal. */
  logged(): string;
  readonly overlay: Locator;
  /** What the overlay says. */
  shown(): Promise<Readonly<Record<"title" | "file" | "frame", string | undefined>>>;
  /** Waits until the page has its plugin, and marks the page. */
  loaded(): Promise<void>;
  /** Whether the page was not loaded again since. */
  marked(): Promise<boolean>;
  close(): Promise<void>;
}

/** @param base which the config does not say */
export async function studio(own: Site, browser: Browser, base = "/"): Promise<Studio> {
  const server = viteProcess(own, ["--base", base]);
  const [, url] = await server.said(/Local: +(http:\S+)/);
  await server.said(/the watcher is ready/);
  const page = await browser.newPage();
  page.setDefaultTimeout(90_000);
  const messages: string[] = [];
  page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => messages.push(`thrown: ${error.message}`));
  await page.goto(url!);
  const overlay = page.locator("vite-error-overlay");
  const text = async (part: string) =>
    (await overlay.locator(part).count()) === 0 ? undefined : overlay.locator(part).innerText();
  return {
    page,
    said: messages,
    logged: server.logged,
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
      await server.end();
    },
  };
}
