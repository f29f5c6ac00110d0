/** A real browser, where there is one. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Where Chromium is; nothing when it is not there. */
export const executable = process.env.CHROMIUM || PLACES.find((path) => existsSync(path));

/** What to say of tests that are skipped without it. */
export const WANTED = "in Chromium (wants it: apt-get install chromium, or its path in CHROMIUM)";

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable as string,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
