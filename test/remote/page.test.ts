/** Callers in real pages, under a strict policy: over a WebSocket of another origin, and over the port of a worker. */
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import type { Browser, Page } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { load, type Plugin } from "../../host/mod.ts";
import { type HttpOptions, http, type Served, serve } from "../../host/remote/mod.ts";
import { type Stranger, stranger } from "../docs/stranger.ts";
import { versions } from "../versions.ts";
import { CHROMIUM, FIREFOX } from "../vite/browser.ts";
import { served as files } from "../vite/thread-site.ts";

const limits = versions(new URL("../guests/limits/", import.meta.url));
const faults = versions(new URL("../guests/faults/", import.meta.url));
const TOKEN = "caller-0123456789abcdef";
const NOT_DIVIDED = { code: "guest-error", payload: "nothing divides by 0" };
/** The two ports of a worker have no common order: what is sent before the goodbye has come is lost. */
const TOLD = {
  code: "unavailable",
  message: expect.stringMatching(/; it (was not|may have been) called$/),
  payload: undefined,
};
const NOT_CALLED = { code: "unavailable", message: expect.stringMatching(/; it was not called$/) };

/** What a page of a user's own has: contracts, and a way to call. Errors cross as their parts. */
const PAGE = `import { contract, wit } from "moult";
import { connect } from "moult/remote";
import * as z from "zod";

const Shapes = contract("test:faults/counter@1", {
  text: { params: [z.string()], returns: z.string() },
  long: { params: [z.uint64()], returns: z.uint64() },
  divide: { params: [z.uint32(), z.uint32()], returns: wit.result(z.uint32(), z.string()) },
});
const Runaway = contract("test:runaway/runaway@1", {
  spin: { params: [] },
  armed: { params: [], returns: z.uint32() },
});
const parts = ({ code, message, payload }) => ({ code, message, payload });
window.parts = (promise) => promise.then((value) => ({ value }), parts);
window.open = (url, options) => connect(Shapes, url, options).then((remote) => { window.shapes = remote; });
window.runaway = (url, options) => connect(Runaway, url, options).then((remote) => { window.runaway = remote; });
window.start = async (options) => {
  const { port1, port2 } = new MessageChannel();
  window.worker = new Worker("worker.js", { type: "module" });
  window.worker.postMessage(port1, [port1]);
  window.shapes = await connect(Shapes, port2, options);
};
window.ready = true;
`;

const WORKER = `import { load } from "moult";
import { messagePort, serve } from "moult/remote";

// The page's first message may come before the plugin is there.
const plugin = load(new URL("plugin.wasm", location.href));
let served;
addEventListener("message", async ({ data }) => {
  if (data !== "end") served = await serve(await plugin, messagePort(data, { verbs: ["call", "swap", "status"] }));
  else await served.close().then(() => postMessage("ended"));
});
`;

interface Remote {
  readonly call: {
    text(value: string): Promise<string>;
    long(value: bigint): Promise<bigint>;
    divide(a: number, b: number): Promise<number>;
  };
  swap(source: Uint8Array): Promise<{ readonly outcome: string }>;
  close(): Promise<void>;
}
interface OnPage {
  readonly shapes: Remote;
  readonly worker: Worker;
  start(options?: object): Promise<void>;
  open(url: string, options?: object): Promise<void>;
  runaway: ((url: string, options?: object) => Promise<void>) & {
    readonly call: { spin(): Promise<void>; armed(): Promise<number> };
  };
  parts(promise: Promise<unknown>): Promise<Parts>;
}
interface Parts {
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly payload?: unknown;
}
interface Worker {
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  postMessage(message: unknown): void;
  terminate(): void;
}
declare const window: OnPage;

let own: Stranger;
beforeAll(async () => {
  own = await stranger(inject("packed"));
  await own.write("page.js", PAGE);
  await own.write("worker.js", WORKER);
  for (const name of ["page", "worker"]) {
    const bundler = await rolldown({ cwd: own.folder, input: `${name}.js`, platform: "browser" });
    await bundler.write({ file: `${own.folder}/site/${name}.js`, format: "esm", codeSplitting: false });
    await bundler.close();
  }
  const head = '<!doctype html><html><head><title>page</title><link rel="icon" href="data:,">';
  await own.write("site/index.html", `${head}<script type="module" src="page.js"></script></head></html>`);
});
afterAll(() => own?.leave());

for (const { name, there, launch } of [CHROMIUM, FIREFOX]) {
  describe.skipIf(!there)(`a page in ${name}`, () => {
    let browser: Browser;
    const open: { close(): unknown }[] = [];

    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());
    afterEach(async () => {
      for (const each of open.splice(0).reverse()) await each.close();
    });

    /** @param scripts what the policy allows besides @param connect to where it may connect */
    async function visit(scripts: string, connect: string): Promise<Page> {
      const policy = `default-src 'none'; img-src data:; worker-src 'self'; script-src 'self' ${scripts}; connect-src ${connect}`;
      const site = await files(`${own.folder}/site`, { "Content-Security-Policy": policy });
      open.push(site);
      const page = await browser.newPage();
      open.push(page);
      await page.goto(site.url);
      await page.waitForFunction(() => "ready" in window);
      return page;
    }
    async function serving(plugin: unknown, options: HttpOptions): Promise<Served> {
      const served = await serve(plugin as Plugin, http({ ...options, webSocket: true }));
      open.push(served);
      return served;
    }
    const originOf = (page: Page) => new URL(page.url()).origin;

    it("calls over a WebSocket, with a token that no log has, and again when the server was away", async () => {
      const page = await visit("", "ws://127.0.0.1:*");
      const origins = [originOf(page)];
      const plugin = await load(await faults("shapes"));
      open.push(plugin);
      const served = await serving(plugin, { token: TOKEN, origins });
      const port = Number(new URL(served.url).port);
      const seen = await listening(port);
      open.push(seen);
      const opened = (token: string) =>
        page.evaluate(([url, token]) => window.parts(window.open(url!, { token })), [seen.url, token]);
      expect(await opened("wrong-0123456789abcdef")).toMatchObject({ code: "denied" });
      expect(await opened(TOKEN)).toEqual({});
      const called = await page.evaluate(async () => {
        const { text, long, divide } = window.shapes.call;
        const texts = Array.from({ length: 100 }, (_, i) => `grün ${i}`);
        const each = await Promise.all(texts.map((one) => text(one)));
        const most = (await long(2n ** 64n - 1n)) === 2n ** 64n - 1n;
        return [each.every((one, i) => one === texts[i]), most, await window.parts(divide(1, 0))];
      });
      expect(called).toEqual([true, true, { ...NOT_DIVIDED, message: expect.stringContaining("divide") }]);
      expect(seen.heads().length).toBeGreaterThan(1);
      for (const head of seen.heads()) {
        expect(head).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
        expect(head).not.toContain(TOKEN);
        expect(head.toLowerCase()).not.toContain("authorization");
      }

      await served.close();
      const text = () => page.evaluate(() => window.parts(window.shapes.call.text("a")));
      // Until the page has heard of it, a call may be on its way.
      await expect.poll(text, { timeout: 30_000 }).toMatchObject(NOT_CALLED);
      await serving(plugin, { token: TOKEN, origins, port });
      expect(await text()).toEqual({ value: "a" });
      const closed = await page.evaluate(async () => {
        await window.shapes.close();
        return window.parts(window.shapes.call.text("a"));
      });
      expect(closed).toMatchObject({
        code: "closed",
        message: expect.stringMatching(/its connection was closed; it was not called$/),
      });
    });

    it("gives up a call that takes too long, and makes the next one; others may not connect", async () => {
      const page = await visit("", "ws://127.0.0.1:*");
      const stopped = { isolation: "worker", limits: { deadline: 2_000 }, afterTrap: "restart" } as const;
      const plugin = await load(await limits("runaway"), stopped);
      open.push(plugin);
      const served = await serving(plugin, { origins: [originOf(page)] });
      const url = served.url.replace("http", "ws");
      await page.evaluate((url) => window.runaway(url, { timeout: 1_000 }), url);
      const told = await page.evaluate(() => window.parts(window.runaway.call.spin()));
      expect(told).toMatchObject({
        code: "deadline",
        message: expect.stringContaining("within 1000 ms (timeout); it may have been called"),
      });
      await expect
        .poll(() => page.evaluate(() => window.parts(window.runaway.call.armed())), { timeout: 30_000 })
        .toEqual({ value: 0 });

      const strange = await serving(plugin, { origins: ["https://app.example.com"] });
      const refused = await page.evaluate(
        (url) => window.parts(window.open(url)),
        strange.url.replace("http", "ws"),
      );
      expect(refused).toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("it does not take WebSockets from here"),
      });
    });

    it("calls a plugin in a worker by a port, swaps it, and is told when that ends", async () => {
      const page = await visit("'wasm-unsafe-eval'", "'self'");
      const wasm = await faults("shapes");
      await writeFile(`${own.folder}/site/plugin.wasm`, wasm);
      const lived = await page.evaluate(async () => {
        await window.start();
        const { text, divide } = window.shapes.call;
        const first = [await text("grün"), await window.parts(divide(1, 0))];
        const again = new Uint8Array(await (await fetch("plugin.wasm")).arrayBuffer());
        const { outcome } = await window.shapes.swap(again);
        const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => text(`${i}`)));
        const closed = new Promise((resolve) => {
          window.worker.addEventListener("message", ({ data }) => resolve(data));
        });
        window.worker.postMessage("end");
        return [first, outcome, answers.join(), await closed, await window.parts(text("a"))];
      });
      const numbers = Array.from({ length: 100 }, (_, i) => i).join();
      const first = ["grün", { ...NOT_DIVIDED, message: expect.stringContaining("divide") }];
      expect(lived).toEqual([first, "swapped", numbers, "ended", TOLD]);

      // Of a worker that was ended a browser tells nobody.
      const ended = await page.evaluate(async () => {
        await window.start();
        window.worker.terminate();
        const pending = window.parts(window.shapes.call.text("a"));
        await new Promise((sent) => setTimeout(sent));
        await window.shapes.close();
        return pending;
      });
      expect(ended).toMatchObject({
        code: "closed",
        message: expect.stringMatching(/its connection was closed; it may have been called$/),
      });
    });
  });
}

/** What a proxy before the server would log. */
async function listening(port: number) {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = dial(port, "127.0.0.1");
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    }
    socket.once("data", (piece) => heads.push(piece.toString("latin1").split("\r\n\r\n")[0]!));
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    heads: () => heads,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
