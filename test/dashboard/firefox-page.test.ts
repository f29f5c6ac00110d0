/** The dashboards in Firefox: each is shown, and led by a token. What they do in all else is tested in Chromium. */
import { afterEach, expect, it } from "vitest";
import { dashboard, serveDashboard } from "../../host/dashboard/mod.ts";
import { callKeyed, hostKeyed } from "../../host/keyed/mod.ts";
import { load, type Plugin } from "../../host/mod.ts";
import { publish, rolloutIn, startRollout } from "../../host/release/mod.ts";
import { http, memoryFabric, serve, VERBS } from "../../host/remote/mod.ts";
import { NAME, opened, Room, room } from "../keyed/room.ts";
import { FIREFOX } from "../vite/browser.ts";

const OPERATOR = { token: "operator-0123456789abcdef", verbs: VERBS };
const OFTEN = { interval: 50 };

const open: { close(): unknown }[] = [];
const keep = <T extends { close(): unknown }>(one: T): T => {
  open.push(one);
  return one;
};
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

it.skipIf(!FIREFOX.there)(
  `both pages are shown and led in ${FIREFOX.name}`,
  { timeout: 120_000 },
  async () => {
    const fabric = keep(memoryFabric());
    await opened(fabric);
    await publish(fabric, await room("first", "2.0.0"));
    const host = keep(await hostKeyed(fabric, NAME, OFTEN));
    host.on("fault", () => {});
    const rooms = keep(await callKeyed(fabric, Room, NAME, OFTEN));
    await startRollout(fabric, NAME, { to: "2.0.0", steps: [{ weight: 50 }, { pause: true }] });
    const plugin = keep((await load(await room("first", "1.0.0"))) as Plugin);
    const served = keep(await serve(plugin, http({ token: OPERATOR, dashboard: dashboard({ open: true }) })));
    const shown = keep(await serveDashboard(fabric, http({ token: OPERATOR }), { open: true }));

    const browser = keep(await FIREFOX.launch());
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    const soon = <T>(look: () => T) => expect.poll(look, { timeout: 30_000 });
    const text = (selector: string) => page.locator(selector).innerText();
    const enter = async () => {
      await page.getByLabel("Operator's token").fill(OPERATOR.token);
      await page.keyboard.press("Enter");
    };

    await page.goto(shown.url);
    for (let i = 0; i < 8; i++) await rooms.of(`room-${i}`).call.say(1);
    await soon(() => text("#figures")).toMatch(/^keys\s+8/);
    await soon(() => text("#nodes")).toMatch(/8 keys\s+[\d.]+ calls\/s, 0% failed, p99/);
    await soon(() => page.locator("#keys-text").textContent()).toBe(`${host.node} has 8 keys.`);
    await enter();
    await page.getByRole("button", { name: "Abort" }).click();
    await soon(async () => (await rolloutIn(fabric, NAME))?.phase).toBe("aborted");
    await soon(() => text("#status")).toMatch(/^Aborted 2\.0\.0/);

    await page.goto(`${served.url}dashboard/`);
    await enter();
    const buffer = Buffer.from(await room("first", "2.0.0"));
    await page
      .getByLabel("The next version")
      .setInputFiles({ name: "two.wasm", mimeType: "application/wasm", buffer });
    await page.getByRole("button", { name: "Swap in two.wasm" }).click();
    await soon(() => text("#changes li")).toMatch(/^Generation 2 \(2\.0\.0\) took over in/);
    expect(plugin.version).toBe("2.0.0");
    expect(errors).toEqual([]);
  },
);
