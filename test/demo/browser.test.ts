/** The page of the garden, as a static host serves it, driven through everything in a real browser. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, serve } from "../../scripts/demo-browser.mjs";
import { folder } from "../cli/folder.ts";
import { CHROMIUM } from "../vite/browser.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const ITEMS = ["trap", "loop", "forget", "rename", "network", "memory"] as const;

/** What the page leaves on its window. */
interface OnPage {
  readonly page: {
    readonly generations: readonly { readonly n: number; readonly source: string; readonly gone: boolean }[];
    readonly marks: readonly { readonly at: number; readonly us?: number }[];
    readonly frames: { since(from: number): Iterable<readonly [number, number]> };
    readonly compiler: { compile(source: string, n: number): Promise<{ wasm?: Uint8Array; time: number }> };
    readonly editor: { readonly text: string; set(text: string): void };
    readonly world: {
      readonly plugin: {
        history(): readonly { outcome: string; pause: number; replayed?: { calls: number } }[];
      };
      look(): Promise<Uint8Array>;
      swap(wasm: Uint8Array): Promise<{ is: string; us: number; kept: number }>;
    };
  };
}

it("is checked by TypeScript, as the rest of the house is", async () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", join(root, "demo/browser")]);
});

it("has texts that can be read on both of its papers, in both themes", async () => {
  const css = await readFile(join(root, "demo/browser/style.css"), "utf8");
  const tokensOf = (selector: string) => {
    const block = css.slice(css.indexOf(selector)).split("}")[0]!;
    return Object.fromEntries([...block.matchAll(/--(\w+): (#[0-9a-f]{3,6})/g)].map(([, k, v]) => [k, v!]));
  };
  for (const theme of [tokensOf(":root {"), tokensOf(':root[data-theme="dark"]')]) {
    const { paper, sheet, on, ink3, ...rest } = theme as Record<string, string>;
    for (const text of ["ink", "ink2", "g1", "g2", "g3", "g4", "g5"])
      for (const ground of [paper, sheet])
        expect(contrast(rest[text]!, ground!), text).toBeGreaterThanOrEqual(4.5);
    expect(contrast(ink3!, sheet!)).toBeGreaterThanOrEqual(4.5);
    for (const hue of ["g1", "g2", "g3", "g4", "g5"])
      expect(contrast(on!, rest[hue]!), `${on} on ${hue}`).toBeGreaterThanOrEqual(4.5);
  }
});

describe.skipIf(!CHROMIUM.there)(`in ${CHROMIUM.name}`, async () => {
  const { path } = await folder();
  let browser: Browser;
  let served: { url: string; close(): Promise<unknown> };
  let context: BrowserContext | undefined;
  let page: Page;
  let faults: string[] = [];

  beforeAll(async () => {
    await build(join(path, "page"));
    served = await serve(join(path, "page"));
    browser = await CHROMIUM.launch();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  type Options = Parameters<Browser["newContext"]>[0] & { readonly lang?: string };
  async function open({ lang = "en", ...options }: Options = {}): Promise<void> {
    await context?.close();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    page = await context.newPage();
    page.setDefaultTimeout(240_000);
    faults = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (said) => {
      if (said.type() === "error" || said.type() === "warning") faults.push(said.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(served.url)) faults.push(`asked ${request.url()}`);
    });
    await page.goto(`${served.url}?lang=${lang}`);
    await page.waitForSelector("html[data-ready]");
  }
  const text = (selector: string) => page.locator(selector).innerText();
  const soon = <T>(look: () => T) => expect.poll(look, { timeout: 240_000 });
  const idle = () => soon(() => text("#pending")).not.toMatch(/Compiling|编译/);
  async function save(): Promise<void> {
    await page.waitForSelector('#save[aria-disabled="false"]');
    await page.locator("#save").click();
    await idle();
  }
  /** Edits the plugin as somebody who types would. */
  async function edit(from: string, to: string): Promise<void> {
    await page.evaluate(
      ([a, b]) => {
        const { editor } = (window as unknown as OnPage).page;
        editor.set(editor.text.replace(a!, b!));
      },
      [from, to],
    );
  }
  async function attempt(item: (typeof ITEMS)[number]): Promise<string> {
    await page.locator(`[data-break="${item}"]`).click();
    await page.waitForSelector(`[data-break="${item}"].done`);
    await idle();
    return text("#status");
  }
  const note = () => text("#code .note");

  it("takes in an edit, breaks in six ways, and crosses by a step that the page writes", {
    timeout: 900_000,
  }, async () => {
    await open();
    expect(await text("#status")).toBe("Generation 1 serves. An edit waits in line 5: save it.");
    expect(await text("h1")).toMatch(/Change the code\.\s+The world goes on\./);
    await soon(() => text("#savetext")).toBe("Save as generation 2");
    await save();
    expect(await text("#status")).toMatch(
      /^Generation 2 took over between two frames, in [\d,]+ (µs|ms)\. 24,000 of 24,000 particles kept their place\.$/,
    );
    expect(await text("#serving")).toBe("generation 2 serves");

    // What was built in advance is what the page builds.
    const equal = await page.evaluate(async () => {
      const { page } = window as unknown as OnPage;
      const made = await page.compiler.compile(page.generations[1]!.source, 2);
      const stored = new Uint8Array(await (await fetch("generation-2.wasm")).arrayBuffer());
      return made.wasm?.length === stored.length && stored.every((byte, i) => byte === made.wasm![i]);
    });
    expect(equal).toBe(true);

    expect(await attempt("loop")).toMatch(
      /^Generation 3 did not come back from frame\(\) and was stopped after \d+ ms\. Generation 2 drew that same frame\.$/,
    );
    expect(await note()).toMatch(/^This loop does not end\. Stopped after \d+ ms\. Edit again$/);
    expect(await text("#code .cm-line.bad")).toContain("out-of-fuel");
    expect(await attempt("memory")).toBe(
      "It asked for more than 64 MB and was ended there. Generation 2 drew that same frame.",
    );
    expect(await attempt("forget")).toBe(
      "Refused before it served: 0 of 24,000 particles came through its restore. Generation 2 serves on.",
    );
    expect(await attempt("network")).toBe(
      "Refused before it ran: it asks for http, which nobody granted. Generation 2 serves on.",
    );
    expect(await attempt("trap")).toMatch(
      /^Generation 5 trapped after [\d.]+ s and was rolled back in [\d,]+ (µs|ms)\. Generation 2 ran its 120 frames again: none is lost\.$/,
    );
    expect(await note()).toMatch(/^Divided by zero, [\d.]+ s after the swap\. Rolled back\. Edit again$/);
    expect(await attempt("rename")).toBe(
      "Refused before it ran: age would be lost, and no step leads to years. Generation 2 serves on.",
    );
    expect(await note()).toBe("age would be lost: no step leads to years. Write the step");
    expect(await text("tr.lost")).toMatch(/age\s+f32\s+[\d.]+ s\s+no step to years/);
    expect(await text("#tried")).toBe("6 of 6 tried. Every promise held.");

    await page.locator("#code .note button").click();
    await save();
    expect(await text("#status")).toMatch(/^Generation 6 took over .* 24,000 of 24,000 particles/);
    expect(faults).toEqual([]);
  });

  it("tells what does not compile at its line, and nothing has changed", { timeout: 600_000 }, async () => {
    await open({ reducedMotion: "reduce" });
    // It stands still, with the edit in its place.
    expect(await text("#pause")).toBe("Let it move");
    expect(await text("#code .was")).toBe("was 0");
    await edit("const SPIN: f32 = 0.4;", "const SPIN: f32 = wrong;");
    await save();
    expect(await text("#status")).toBe("This does not compile, so nothing changed. Generation 1 serves on.");
    expect(await note()).toMatch(/^Cannot find name 'wrong'\. Edit again$/);
    expect(await text("#pending")).toBe("Line 6: refused. Nothing changed.");
    await page.locator("#code .note button").click();
    await edit("wrong", "-0.4");
    await save();
    expect(await text("#status")).toMatch(/^Generation 2 took over/);
    expect(faults).toEqual([]);
  });

  it("keeps every byte through twenty swaps of a garden that stands still", async () => {
    const { kept, equal, swaps } = await page.evaluate(async () => {
      const { page } = window as unknown as OnPage;
      const bytes = async (n: number) =>
        new Uint8Array(await (await fetch(`generation-${n}.wasm`)).arrayBuffer());
      const modules = [await bytes(1), await bytes(2)];
      const before = await page.world.look();
      const kept: number[] = [];
      for (let i = 0; i < 20; i++) kept.push((await page.world.swap(modules[i % 2]!)).kept);
      const after = await page.world.look();
      const equal = before.length === after.length && before.every((byte, i) => byte === after[i]);
      return {
        kept,
        equal,
        swaps: page.world.plugin.history().filter((one) => one.outcome === "swapped").length,
      };
    });
    expect(kept).toEqual(Array(20).fill(24_000));
    expect(equal).toBe(true);
    expect(swaps).toBeGreaterThanOrEqual(20);
  });

  it("draws its frames while it swaps as it does beside it", async () => {
    await page.locator("#pause").click();
    const { during, before } = await page.evaluate(async () => {
      const { page } = window as unknown as OnPage;
      const module = new Uint8Array(await (await fetch("generation-2.wasm")).arrayBuffer());
      const frames = (from: number) => [...page.frames.since(from)].map(([, ms]) => ms);
      const turn = () => new Promise(requestAnimationFrame);
      const quiet = performance.now();
      for (let i = 0; i < 60; i++) await turn();
      const before = frames(quiet);
      const from = performance.now();
      for (let i = 0; i < 10; i++) {
        await page.world.swap(module);
        await turn();
      }
      return { before, during: frames(from) };
    });
    const median = (all: readonly number[]) => [...all].sort((a, b) => a - b)[all.length >> 1]!;
    expect(during.length).toBeGreaterThanOrEqual(10);
    expect(median(during) - median(before)).toBeLessThan(50);
    expect(faults).toEqual([]);
  });

  it("is used by keys alone, in the order of its parts", { timeout: 600_000 }, async () => {
    await open({ reducedMotion: "reduce" });
    const stops: string[] = [];
    for (let i = 0; i < 17; i++) {
      await page.keyboard.press("Tab");
      stops.push(
        await page.evaluate(() => {
          const { id, className, dataset } = document.activeElement as HTMLElement;
          const place = document.activeElement?.closest("#generations") ? "generation" : "";
          return id || dataset.lang || dataset.break || place || className;
        }),
      );
    }
    const before = ["skip", "mark", "en", "zh", "theme", "pause", "code", "save", "generation"];
    expect(stops).toEqual([...before, ...ITEMS, "follow", ""].slice(0, 17));

    await page.locator("#follow").fill("7");
    await page.keyboard.press("Enter");
    await page.locator("#code .cm-content").focus();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("save");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("code");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("save");
    await page.locator("#code .cm-content").focus();
    await page.keyboard.press("ControlOrMeta+z");
    await page.keyboard.press("ControlOrMeta+s");
    await idle();
    expect(await text("#status")).toMatch(/^Generation 2 took over/);
    expect(await page.locator("#generations [aria-current]").getAttribute("aria-label")).toBe(
      "Generation 2, five petals. It serves.",
    );
    expect(faults).toEqual([]);
  });

  it.each([
    [1440, 900, "light", "zh"],
    [820, 1180, "dark", "en"],
    [390, 844, "light", "en"],
    [390, 844, "dark", "zh"],
    [320, 700, "light", "en"],
  ] as const)("fits %i pixels, %i high, %s, in %s", async (width, height, colorScheme, lang) => {
    await open({ viewport: { width, height }, colorScheme, lang });
    const found = await page.evaluate(() => {
      const cut = [
        ...document.querySelectorAll<HTMLElement>("h1, p, button, small, strong, dd, dt, th, td, label"),
      ]
        .filter((one) => one.offsetParent && !one.closest("#generations"))
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
        .map((one) => `${one.tagName} ${one.textContent}`);
      const small = [...document.querySelectorAll<HTMLElement>("button, input, a")]
        .filter(
          (one) => one.offsetParent && one.getBoundingClientRect().left >= 0 && !one.closest("#generations"),
        )
        .filter((one) => one.getBoundingClientRect().height < 24)
        .map((one) => `${one.tagName} ${one.id} ${one.textContent}`);
      return { over: document.documentElement.scrollWidth - innerWidth, cut, small };
    });
    expect(found).toEqual({ over: 0, cut: [], small: [] });
    expect(faults).toEqual([]);
  });

  it("needs no server from the second visit on", async () => {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await context!.setOffline(true);
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    await soon(() => text("#savetext")).toBe("Save as generation 2");
    expect(faults).toEqual([]);
  });
});

/** The contrast of two colours, as WCAG computes it. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const long = hex.length === 4 ? hex.replace(/[0-9a-f]/g, "$&$&") : hex;
    const [red, green, blue] = [1, 3, 5]
      .map((i) => Number.parseInt(long.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}
