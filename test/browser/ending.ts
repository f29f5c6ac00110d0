/** Ends processes of a browser that a test has started, as a crash does; and a browser whose disk outlives it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { CHROMIUM } from "../vite/browser.ts";

/** Kills the processes of a Chromium of one kind: `renderer`, where pages are, or `browser`, their parent. */
export async function kill(browser: Browser, kind: "renderer" | "browser"): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  for (const { type, id } of processInfo) if (type === kind) process.kill(id, "SIGKILL");
}

/** A folder for what a browser keeps, and browsers that have it, one after the other. */
export function profile() {
  const folder = mkdtempSync(join(tmpdir(), "moult-profile-"));
  return {
    launch: (): Promise<BrowserContext> => CHROMIUM.launchIn(folder),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }),
  };
}
