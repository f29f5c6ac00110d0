/** Real browsers, where they are. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, firefox } from "playwright-core";

export interface Engine {
  /** With how to get it, when it is not there: the name of tests that are skipped without it. */
  readonly name: string;
  readonly there: boolean;
  launch(): Promise<Browser>;
  /** One that keeps what it has in a folder. */
  launchIn(profile: string): Promise<BrowserContext>;
}

const chromiumAt = found(process.env.CHROMIUM, [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
]);
const firefoxAt = found(process.env.FIREFOX, ["/usr/bin/firefox-esr"]);

const CHROMIUMS = {
  executablePath: chromiumAt as string,
  args: [
    ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ],
};

export const CHROMIUM: Engine = {
  name: chromiumAt ? "Chromium" : "Chromium (apt-get install chromium, or say where it is in CHROMIUM)",
  there: chromiumAt !== undefined,
  launch: () => chromium.launch(CHROMIUMS),
  launchIn: (profile) => chromium.launchPersistentContext(profile, CHROMIUMS),
};

const FIREFOXES = { channel: "moz-firefox", executablePath: firefoxAt as string };

export const FIREFOX: Engine = {
  name: firefoxAt ? "Firefox" : "Firefox (apt-get install firefox-esr, or say where it is in FIREFOX)",
  there: firefoxAt !== undefined,
  launch: () => firefox.launch(FIREFOXES),
  launchIn: (profile) => firefox.launchPersistentContext(profile, FIREFOXES),
};

function found(given: string | undefined, places: readonly string[]): string | undefined {
  return given || places.find((path) => existsSync(path));
}
