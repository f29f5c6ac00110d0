/**
 * Takes pictures of the page of the garden, as a browser shows it after some edits: `docs/page.png`, which the README
 * shows.
 *
 *     npm run pictures            needs Chromium; CHROMIUM says where it is
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, serve } from "./demo-browser.mjs";

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "moult-page-"));
await build(folder);
const { url, close } = await serve(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const viewport = { width: 1440, height: 900 };
try {
  await picture("light", async (page) => {
    for (const [from, to] of [
      ["PETALS: f32 = 0", "PETALS: f32 = 5"],
      ["PETALS: f32 = 5", "PETALS: f32 = 8"],
      ["SPIN: f32 = 0.4", "SPIN: f32 = -0.4"],
      ["PETALS: f32 = 8", "PETALS: f32 = 5"],
    ])
      await edited(page, from, to);
    return "page.png";
  });
} finally {
  await browser.close();
  await close();
  await rm(folder, { recursive: true, force: true });
}

/** @param act what is done before the picture is taken; answers the picture's name */
async function picture(theme, act) {
  const page = await browser.newPage({ viewport, colorScheme: theme });
  page.setDefaultTimeout(300_000);
  await page.goto(`${url}?lang=en`);
  await page.waitForSelector("html[data-ready]");
  await page.waitForSelector('#save[aria-disabled="false"]');
  const name = await act(page);
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await page.screenshot({ path: join(docs, name) });
  console.log(name);
  await page.close();
}

/** An edit is saved, and some seconds of the garden go by: by frames that are asked for one after the other. */
async function edited(page, from, to) {
  await page.evaluate(
    ([a, b]) => globalThis.page.editor.set(globalThis.page.editor.text.replace(a, b)),
    [from, to],
  );
  const before = await page.evaluate(() => globalThis.page.generations.length);
  await page.waitForSelector('#save[aria-disabled="false"]');
  await page.locator("#save").click();
  await page.waitForFunction((n) => globalThis.page.generations.length > n, before);
  await page.evaluate(async () => {
    const { world, garden } = globalThis.page;
    for (let k = 0; k < 260; k++) await world.frame(1 / 25, garden.size.width, garden.size.height);
  });
  await page.waitForTimeout(3000);
}
