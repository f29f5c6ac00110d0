/** WebKitGTK, by its own driver, which speaks the WebDriver protocol over HTTP, on a display that nobody sees. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { EXPECTED } from "../endless/expected.ts";
import type { Engine, Result } from "./engines.ts";
import { serve } from "./page.ts";

const DRIVER = "/usr/bin/WebKitWebDriver";
const BROWSER = [
  "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
  "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
].find(existsSync);
const NEEDED = "apt-get install webkit2gtk-driver xvfb xauth";

export const webkit: Engine = {
  id: "webkit",
  name: "WebKitGTK",
  engine: "WebKitGTK",
  page: true,
  absent: () => (existsSync(DRIVER) && BROWSER && existsSync("/usr/bin/xvfb-run") ? undefined : NEEDED),
  async run({ folder, slow, only }) {
    const site = await serve(folder);
    const session = await opened();
    try {
      await session.ask("POST", "timeouts", { script: 240_000, pageLoad: 30_000 });
      await session.ask("POST", "url", { url: site.url });
      while ((await session.ask("GET", "title")) !== "ready")
        await new Promise((resolve) => setTimeout(resolve, 50));
      const script =
        "const [given, done] = arguments; window.run(given).then(done, (error) => done(String(error)));";
      const args = [{ engine: "WebKitGTK", version: session.version, slow, only, endless: EXPECTED }];
      const results = await session.ask("POST", "execute/async", { script, args });
      if (!Array.isArray(results)) throw new Error(String(results));
      return { version: session.version, results: results as Result[] };
    } finally {
      await session.close();
      await site.close();
    }
  },
};

interface Session {
  readonly version: string;
  ask(method: string, path: string, body?: object): Promise<unknown>;
  close(): Promise<void>;
}

async function opened(): Promise<Session> {
  const port = await freePort();
  const driver = spawn("xvfb-run", ["-a", DRIVER, `--port=${port}`], { stdio: "ignore", detached: true });
  const base = `http://127.0.0.1:${port}`;
  const capabilities = {
    alwaysMatch: { "webkitgtk:browserOptions": { binary: BROWSER, args: ["--automation"] } },
  };
  try {
    const { sessionId, capabilities: has } = (await whenUp(() =>
      said(`${base}/session`, "POST", { capabilities }),
    )) as {
      sessionId: string;
      capabilities: { browserVersion: string };
    };
    return {
      version: has.browserVersion,
      ask: (method, path, body) => said(`${base}/session/${sessionId}/${path}`, method, body),
      async close() {
        await said(`${base}/session/${sessionId}`, "DELETE").catch(() => {});
        ended(driver);
      },
    };
  } catch (error) {
    ended(driver);
    throw error;
  }
}

/** With the display that was started for it. */
function ended({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, "SIGTERM");
}

/** The driver takes a moment to listen. */
async function whenUp<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 100; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function said(url: string, method: string, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const { value } = (await response.json()) as { value: { message?: string } };
  if (!response.ok) throw new Error(`WebDriver: ${value.message}`);
  return value;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
