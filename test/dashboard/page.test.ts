/** The dashboard in a real browser, of a server that runs here. */
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dashboard } from "../../host/dashboard/mod.ts";
import { load, type Plugin } from "../../host/mod.ts";
import { http, type Served, serve, VERBS } from "../../host/remote/mod.ts";
import { folder } from "../cli/folder.ts";
import { build } from "../kept/build.ts";
import { CHROMIUM } from "../vite/browser.ts";

const OPERATOR = { token: "operator-0123456789abcdef", verbs: VERBS };
const EVIL = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
/** Seconds of work, of which the compiler knows no shorter form. */
const SLOW = `export function work(rounds: u32): u32 {
  let x: u32 = 1;
  for (let i: u32 = 0; i < rounds; i++) x = (x ^ i) * 1664525 + 1013904223;
  return x;
}
`;
const source = (version: string) =>
  readFile(new URL(`../../wasm-plugins/counter/${version}.ts`, import.meta.url), "utf8");

describe.skipIf(!CHROMIUM.there)(`in ${CHROMIUM.name}`, async () => {
  const { path: cwd, write } = await folder();
  const modules = new Map<string, Uint8Array>();
  let browser: Browser;
  let page: Page;
  let plugin: Plugin;
  let served: Served;
  let errors: string[];

  beforeAll(async () => {
    await write("package.json", JSON.stringify({ name: EVIL, version: "1.0.0", type: "module" }));
    await write("one.ts", await source("v1"));
    await write("two.ts", await source("v2"));
    await write("bad.ts", `${await source("v1")}\nthrow new Error(${JSON.stringify(EVIL)});\n`);
    await write(
      "slow.ts",
      `${await source("v1")}
${SLOW}`,
    );
    const all = { one: "1.0.0", two: "1.1.0", bad: "1.2.0", slow: "1.3.0" };
    for (const [name, version] of Object.entries(all))
      modules.set(name, (await build(`${cwd}/${name}.ts`, { optimize: "debug", version })).wasm);
    browser = await CHROMIUM.launch();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    plugin = (await load(modules.get("one")!, { afterTrap: "restart" })) as Plugin;
    errors = [];
  });
  afterEach(async () => {
    await page?.context().close();
    await served?.close({ drain: 0 });
    await plugin.close();
    expect(errors).toEqual([]);
  });

  async function opened(open: boolean, context: Parameters<Browser["newContext"]>[0] = {}): Promise<void> {
    served = await serve(plugin, http({ token: OPERATOR, dashboard: dashboard({ open }) }));
    page = await (await browser.newContext(context)).newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (said) => {
      // A status other than 200 is told by the browser, too.
      if (said.type() === "error" && !said.text().startsWith("Failed to load resource"))
        errors.push(said.text());
    });
    await page.goto(`${served.url}dashboard/`);
  }

  const soon = <T>(look: () => T) => expect.poll(look, { timeout: 30_000 });
  const text = (selector: string) => page.locator(selector).innerText();
  const enter = async (token: string) => {
    await page.getByLabel("Operator's token").fill(token);
    await page.keyboard.press("Enter");
  };
  const choose = (name: string) =>
    page.getByLabel("The next version").setInputFiles({
      name: `${name}.wasm`,
      mimeType: "application/wasm",
      buffer: Buffer.from(modules.get(name)!),
    });
  const call = (name: string, args: readonly unknown[]) =>
    fetch(`${served.url}call/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${OPERATOR.token}` },
      body: JSON.stringify(args),
    });

  it("asks for a token, tells of a wrong one, and shows its figures to the right one as they change", async () => {
    await opened(false);
    await page.getByLabel("Operator's token").waitFor();
    expect(await page.locator(".tape").isVisible()).toBe(false);
    await enter("wrong-0123456789abcdef");
    await soon(() => text("#told")).toBe("The server does not know this token.");
    expect(await page.locator(".tape").isVisible()).toBe(false);

    await enter(OPERATOR.token);
    await soon(() => text("#status")).toBe("Generation 1 (1.0.0) serves.");
    expect(await text("#told")).toBe("");
    const plain = await page.locator("#plots").getAttribute("aria-label");
    for (let i = 0; i < 40; i++) await call("add", [1]);
    await soon(() => text("#versions tr")).toMatch(/^1\.0\.0\s+40\s+0%\s+\S+ (µs|ms)/);
    await soon(() => text("#figures")).toMatch(/calls\/s\s+[1-9]/);
    await soon(() => page.locator("#plots").getAttribute("aria-label")).not.toBe(plain);
    const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    expect(kept).toEqual([0, 0, ""]);
    await page.getByRole("button", { name: "Forget the token" }).click();
    await soon(() => page.locator(".tape").isVisible()).toBe(false);
  });

  it("swaps a file by a button, shows its phases, and rolls it back", async () => {
    await opened(true);
    await enter(OPERATOR.token);
    await choose("two");
    await page.getByLabel(/on probation/).check();
    await page.getByRole("button", { name: "Swap in two.wasm" }).click();
    await soon(() => text("#changes li")).toMatch(/^Generation 2 \(1\.1\.0\) took over in/);
    expect(await text("#changes li")).toMatch(/prepare .* quiesce .* cutover .* in all .* bytes of state/);
    await soon(() => page.locator("#generations [aria-current]").textContent()).toMatch(/^2/);
    await soon(() => text("#trial-text")).toContain("It can go back to generation 1 (1.0.0).");
    await page.getByRole("button", { name: "Roll it back" }).click();
    await soon(() => text("#status")).toMatch(/^Rolled back to generation 1 \(1\.0\.0\) in/);
    expect(plugin.version).toBe("1.0.0");
    await soon(() => page.locator("#trial").isVisible()).toBe(false);
  });

  it("accepts a version for good, and aborts a swap that waits for a call", async () => {
    await plugin.close();
    // A busy machine takes many times as long, and no deadline is what is tested.
    const patient = { isolation: "worker", limits: { deadline: 100_000 } } as const;
    plugin = (await load(modules.get("slow")!, patient)) as Plugin;
    await opened(true);
    await enter(OPERATOR.token);
    await plugin.swap(modules.get("slow")!, { probation: { calls: 100 } });
    await page.getByRole("button", { name: "Accept it" }).click();
    await soon(() => text("#status")).toBe("Generation 2 (1.3.0) was accepted for good.");
    await choose("slow");
    const answer = call("work", [2 ** 29]);
    await soon(() => text("#figures")).toMatch(/in flight\s+1/);
    await page.getByRole("button", { name: "Swap in slow.wasm" }).click();
    await page.getByRole("button", { name: "Abort" }).click();
    await soon(() => text("#told")).toBe("Aborted. Changes tell whether it was in time.");
    await soon(() => text("#changes .cause")).toContain("[aborted]");
    expect((await answer).status).toBe(200);
    expect(plugin.status.version.generation).toBe(2);
  });

  it("shows to this machine without a token, and offers nothing", async () => {
    await opened(true);
    await soon(() => text("#status")).toBe("Generation 1 (1.0.0) serves.");
    expect(await page.locator("#operations").isVisible()).toBe(false);
    await enter("wrong-0123456789abcdef");
    await soon(() => text("#told")).toBe("The server does not know this token.");
    expect(await page.locator(".tape").isVisible()).toBe(true);
  });

  it("makes no markup of what a plugin calls itself, and of what it says", async () => {
    await opened(true);
    await enter(OPERATOR.token);
    await soon(() => text("#plugin")).toBe(EVIL);
    await choose("bad");
    await page.getByRole("button", { name: "Swap in bad.wasm" }).click();
    await soon(() => text("#changes .cause")).toContain(EVIL);
    expect(await text("#told")).toContain(EVIL);
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.title()).toBe(`${EVIL} · moult`);
    expect(plugin.version).toBe("1.0.0");
  });

  it("fits a narrow screen in the dark, and is used by keys alone", async () => {
    await opened(true, {
      viewport: { width: 320, height: 800 },
      colorScheme: "dark",
      reducedMotion: "reduce",
    });
    await enter(OPERATOR.token);
    await soon(() => text("#status")).toBe("Generation 1 (1.0.0) serves.");
    await choose("two");
    await page.getByRole("button", { name: "Swap in two.wasm" }).focus();
    await page.keyboard.press("Enter");
    await soon(() => text("#status")).toMatch(/^Generation 2/);
    const found = await page.evaluate(() => ({
      paper: getComputedStyle(document.documentElement).backgroundColor,
      over: document.documentElement.scrollWidth - innerWidth,
    }));
    expect(found).toEqual({ paper: "rgb(14, 15, 16)", over: 0 });
  });

  it("says that its server is gone", async () => {
    await opened(true);
    await soon(() => text("#status")).toBe("Generation 1 (1.0.0) serves.");
    await served.close({ drain: 0 });
    await soon(() => text("#status")).toMatch(/^The server does not answer\./);
  });
});
