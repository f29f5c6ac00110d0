import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { CHROMIUM, type Engine, FIREFOX } from "./browser.ts";
import { HANDLER, handle, MARK, type OnPage, record, type Site, site, total } from "./site.ts";
import { type Studio, studio } from "./studio.ts";

const PATIENT = { timeout: 60_000 };

let browser: Browser;
let own: Site;
let desk: Studio;

/** Every test has a site of its own. */
function inside({ launch }: Engine): void {
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    own = await site(inject("packed"));
  });
  afterEach(async () => {
    await desk?.close();
    await own.leave();
  });
}

for (const engine of [CHROMIUM, FIREFOX]) {
  describe.skipIf(!engine.there)(`a plugin that its author edits, in ${engine.name}`, () => {
    inside(engine);

    it("loads, and every edit of it or of what it imports swaps it in the page, with its state", async () => {
      desk = await studio(own, browser);
      await desk.loaded();
      expect(await handle(desk.page, "a")).toBe("a!");
      await own.write("src/mark.ts", MARK.replace("!", "?"));
      expect((await record(desk.page, 1)).outcome).toBe("swapped");
      expect(await handle(desk.page, "b")).toBe("b?");
      await own.write("src/handler.ts", HANDLER.replace("mark(line)", "mark(line.toUpperCase())"));
      expect((await record(desk.page, 2)).outcome).toBe("swapped");
      expect(await handle(desk.page, "c")).toBe("C?");
      expect(await total(desk.page)).toBe(3n);
      expect(await desk.marked()).toBe(true);
      expect(desk.said.filter((text) => /^(error|warning|thrown)/.test(text))).toEqual([]);
    });

    it("shows a broken edit with its place while the old version serves, and clears it when it is mended", async () => {
      desk = await studio(own, browser);
      await desk.loaded();
      await handle(desk.page, "a");
      await own.write("src/mark.ts", MARK.replace('"!"', "oops"));
      await desk.overlay.waitFor({ state: "attached" });
      const frame = "2 |   return line + oops;\n                    ^^^^";
      expect(await desk.shown()).toEqual({
        title: "[plugin:moult] TS2304: Cannot find name 'oops'.",
        file: `${own.root}/src/mark.ts:2:17`,
        frame,
      });
      await expect
        .poll(desk.logged, PATIENT)
        .toContain(`[moult] ${own.root}/src/mark.ts:2:17\nTS2304: Cannot find name 'oops'.\n${frame}`);
      expect(await handle(desk.page, "b")).toBe("b!");
      await own.write("src/mark.ts", MARK.replace("!", "?"));
      expect((await record(desk.page, 1)).outcome).toBe("swapped");
      expect(await desk.overlay.count()).toBe(0);
      expect(await handle(desk.page, "c")).toBe("c?");
      expect(await total(desk.page)).toBe(3n);
      expect(await desk.marked()).toBe(true);
    });
  });
}

describe.skipIf(!CHROMIUM.there)(`what else its author sees, in ${CHROMIUM.name}`, () => {
  inside(CHROMIUM);

  it("shows what is broken still after a reload, with the last good version, and clears it by an undo", async () => {
    desk = await studio(own, browser);
    await desk.loaded();
    await own.write("src/mark.ts", MARK.replace('"!"', "oops"));
    await desk.overlay.waitFor({ state: "attached" });
    await desk.page.reload();
    await desk.loaded();
    await desk.overlay.waitFor({ state: "attached" });
    expect(await handle(desk.page, "a")).toBe("a!");
    await own.write("src/mark.ts", MARK);
    await desk.overlay.waitFor({ state: "detached" });
    expect(await desk.page.evaluate(() => (window as unknown as OnPage).plugin.generation)).toBe(1);
    expect(await desk.marked()).toBe(true);
  });

  it("lets other modules be updated as ever, also while the plugin is broken", async () => {
    desk = await studio(own, browser);
    await desk.loaded();
    await handle(desk.page, "a");
    await own.write("src/handler.ts", HANDLER.replace("u64 = 0", "u64 = nought"));
    await desk.overlay.waitFor({ state: "attached" });
    await own.replace("src/said.ts", 'export const said = "good morning";\n');
    await desk.page.locator("#said", { hasText: "good morning" }).waitFor();
    expect(await total(desk.page)).toBe(1n);
    expect(await desk.marked()).toBe(true);
  });

  it("says why the host refused a version, in the console, the overlay and the terminal", async () => {
    desk = await studio(own, browser);
    await desk.loaded();
    await handle(desk.page, "a");
    await own.write(
      "src/handler.ts",
      HANDLER.replace("lines: u64", "count: u64").replaceAll("totals.lines", "totals.count"),
    );
    expect(await record(desk.page, 1)).toMatchObject({
      outcome: "refused",
      cause: { code: "incompatible-state" },
    });
    await desk.overlay.waitFor({ state: "attached" });
    const { title, file } = await desk.shown();
    expect(title).toMatch(
      /^\[plugin:moult\] \[incompatible-state\] could not swap site 1\.0\.0: .*lines.*anew with this one$/s,
    );
    expect(file).toBe(`${own.root}/src/handler.ts`);
    const message = title!.replace("[plugin:moult] ", "");
    expect(desk.said).toContain(`error: [moult] src/handler.ts: ${message}`);
    await expect.poll(desk.logged, PATIENT).toContain(`[moult] ${own.root}/src/handler.ts\n${message}`);
    expect(await total(desk.page)).toBe(1n);
    await own.write("src/handler.ts", HANDLER.replace("mark(line)", "mark(mark(line))"));
    expect((await record(desk.page, 2)).outcome).toBe("swapped");
    await desk.overlay.waitFor({ state: "detached" });
    expect(await handle(desk.page, "b")).toBe("b!!");
    expect(await total(desk.page)).toBe(2n);
    expect(await desk.marked()).toBe(true);
  });

  it("loads the page again when a plugin that never was built is mended, below a base and by any name", async () => {
    const main = await own.read("src/main.ts");
    await own.write("src/main.ts", main.replace("handler.ts?moult", "my änderung.ts?moult"));
    await own.write("src/my änderung.ts", HANDLER.replace("./mark", "./marks"));
    desk = await studio(own, browser, "/deep/er/");
    await desk.overlay.waitFor({ state: "attached" });
    expect((await desk.shown()).title).toContain("TS6054: File 'marks.ts' not found.");
    await own.write("src/marks.ts", MARK);
    await desk.loaded();
    expect(await handle(desk.page, "a")).toBe("a!");
    await own.write("src/marks.ts", MARK.replace("!", "?"));
    await record(desk.page, 1);
    expect(await handle(desk.page, "b")).toBe("b?");
    expect(await total(desk.page)).toBe(2n);
    expect(await desk.marked()).toBe(true);
  });

  it("outlives a compiler that crashes: the version before serves, and the next save builds", async () => {
    await own.write("asconfig.json", JSON.stringify({ options: { transform: "./fragile.mjs" } }));
    await own.write("fragile.mjs", FRAGILE);
    desk = await studio(own, browser);
    await desk.loaded();
    await handle(desk.page, "a");
    const crash = (why: string) =>
      `[plugin:moult] could not build ${join(own.root, "src/handler.ts")}: the compiler crashed: ${why}`;
    await own.write("src/mark.ts", `${MARK}// Drop me.\n`);
    await desk.overlay.waitFor({ state: "attached" });
    expect(await desk.shown()).toMatchObject({
      title: crash("exit code 3"),
      file: `${own.root}/src/handler.ts`,
    });
    await expect.poll(desk.logged, PATIENT).toContain(crash("exit code 3").replace("[plugin:moult] ", ""));
    expect(await handle(desk.page, "b")).toBe("b!");
    const deep = `${"(".repeat(30_000)}"!"${")".repeat(30_000)}`;
    await own.write("src/mark.ts", MARK.replace('"!"', deep));
    await expect
      .poll(async () => (await desk.shown()).title, PATIENT)
      .toBe(crash("Maximum call stack size exceeded"));
    await desk.page.reload();
    await desk.loaded();
    await desk.overlay.waitFor({ state: "attached" });
    expect(await handle(desk.page, "c")).toBe("c!");
    await own.write("src/mark.ts", MARK.replace("!", "?"));
    expect((await record(desk.page, 1)).outcome).toBe("swapped");
    await desk.overlay.waitFor({ state: "detached" });
    expect(await handle(desk.page, "d")).toBe("d?");
    expect(await total(desk.page)).toBe(2n);
  });

  it("heeds asconfig.json and what it extends, and swaps when they change", async () => {
    await own.write("src/mark.ts", MARK.replace('"!"', '(ASC_FEATURE_SIMD ? "+" : "-")'));
    desk = await studio(own, browser);
    await desk.loaded();
    expect(await handle(desk.page, "a")).toBe("a-");
    await own.write("base.json", "{}");
    await own.write("asconfig.json", JSON.stringify({ extends: "./bass.json" }));
    await desk.overlay.waitFor({ state: "attached" });
    const missing = join(own.root, "bass.json");
    expect((await desk.shown()).title).toBe(
      `[plugin:moult] could not read ${missing}, which asconfig.json extends`,
    );
    await own.write("asconfig.json", JSON.stringify({ extends: "./base.json" }));
    await desk.overlay.waitFor({ state: "detached" });
    await own.write("base.json", JSON.stringify({ options: { enable: ["simd"] } }));
    expect((await record(desk.page, 1)).outcome).toBe("swapped");
    expect(await handle(desk.page, "b")).toBe("b+");
    expect(await total(desk.page)).toBe(2n);
    expect(await desk.marked()).toBe(true);
  });
});

/** A part of the compiler that ends its process when it is asked to. */
const FRAGILE = `export default class {
  afterParse(parser) {
    if (parser.sources.some(({ text }) => text.includes("Drop me."))) process.exit(3);
  }
}
`;
