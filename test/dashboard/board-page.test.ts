/** The dashboard of a fabric in a real browser: a rollout is seen, led and ended there. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveDashboard } from "../../host/dashboard/mod.ts";
import { callKeyed, hostKeyed } from "../../host/keyed/mod.ts";
import { load } from "../../host/mod.ts";
import {
  callReleases,
  controlRollouts,
  hostReleases,
  publish,
  rolloutIn,
  split,
  startRollout,
} from "../../host/release/mod.ts";
import { type Fabric, http, memoryFabric } from "../../host/remote/mod.ts";
import { opened, NAME as ROOM, Room } from "../keyed/room.ts";
import { Greeter, greeter, NAME } from "../release/greeter.ts";
import { CHROMIUM } from "../vite/browser.ts";

const OPERATOR = {
  token: "operator-0123456789abcdef",
  verbs: ["status", "history", "swap", "rollback"],
} as const;
const VIEWER = { token: "viewer-0123456789abcdef", verbs: ["status", "history"] } as const;
const OFTEN = { interval: 50 };
const BOUNDS = { abortOn: [{ metric: "errorRate", above: 0.05 }], minSamples: 20, interval: 50 } as const;
const EVIL = "<img src=x onerror=alert(1)>";

describe.skipIf(!CHROMIUM.there)(`in ${CHROMIUM.name}`, () => {
  let browser: Browser;
  let page: Page;
  let fabric: Fabric;
  let errors: string[];
  const open: { close(): unknown }[] = [];
  const keep = <T extends { close(): unknown }>(one: T): T => {
    open.push(one);
    return one;
  };

  beforeAll(async () => {
    browser = await CHROMIUM.launch();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    errors = [];
    fabric = keep(memoryFabric());
    const host = keep(await hostReleases(fabric, { load: { isolation: "none" }, ...OFTEN }));
    host.on("fault", () => {});
    keep(await controlRollouts(fabric, OFTEN));
    for (const [kind, version] of [
      ["good", "1.0.0"],
      ["good", "2.0.0"],
      ["bad", "3.0.0"],
    ] as const)
      await publish(fabric, await greeter(kind, version));
    await startRollout(fabric, NAME, { to: "1.0.0" });
  });
  afterEach(async () => {
    await page?.context().close();
    for (const each of open.splice(0).reverse()) await each.close();
    expect(errors).toEqual([]);
  });

  async function visit(
    isOpen: boolean,
    context: Parameters<Browser["newContext"]>[0] = {},
    of: Parameters<typeof serveDashboard>[0] = fabric,
  ): Promise<void> {
    const shown = keep(await serveDashboard(of, http({ token: [VIEWER, OPERATOR] }), { open: isOpen }));
    page = await (await browser.newContext(context)).newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (said) => {
      if (said.type() === "error" && !said.text().startsWith("Failed to load resource"))
        errors.push(said.text());
    });
    await page.goto(shown.url);
  }
  const soon = <T>(look: () => T) => expect.poll(look, { timeout: 30_000 });
  const text = (selector: string) => page.locator(selector).innerText();
  const enter = async ({ token }: { readonly token: string }) => {
    await page.getByLabel("Operator's token").fill(token);
    await page.keyboard.press("Enter");
  };
  const press = (name: string) => page.getByRole("button", { name }).click();
  /** Calls without an end, until the test has. */
  async function calls(): Promise<void> {
    const caller = keep(await callReleases(fabric, Greeter, NAME, OFTEN));
    let [ended, i] = [false, 0];
    const running = (async () => {
      for (; !ended; i++) {
        await caller
          .by(`user-${i % 300}`)
          .call.greet(i)
          .catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    keep({
      close: () => {
        ended = true;
        return running;
      },
    });
  }

  it("rolls a version out by its form, shows its shares and its calls as they come, and promotes it", async () => {
    await visit(true);
    await calls();
    await soon(() => text("#status")).toBe("1.0.0 is the first version. 1.0.0 has all calls.");
    expect(await page.locator("#operations").isVisible()).toBe(false);
    await enter(OPERATOR);
    await page.getByLabel("The next version").selectOption("2.0.0");
    await page.getByLabel("Its steps").fill("20%,pause,100%");
    await page.getByLabel("Taken back by itself where").fill("error-rate>50%");
    await press("Roll out 2.0.0");
    await soon(() => text("#status")).toMatch(/^Paused at 20 %: until somebody promotes it\./);
    expect(await page.locator("#shares").getAttribute("aria-label")).toBe(
      "Shares: 1.0.0 has 80 %, 2.0.0 has 20 %.",
    );
    expect(
      await page
        .getByRole("listitem")
        .filter({ hasText: /^pause$/ })
        .getAttribute("aria-current"),
    ).toBe("step");
    await soon(() => text("#versions")).toMatch(/^2\.0\.0\s+20 %\s+\d+/);
    await soon(() => text("#figures")).toMatch(/callers\s+1\s+calls\/s\s+[1-9]/);
    await soon(() => text("#nodes")).toMatch(/1\.0\.0serving\s+[\d,]+ calls, 0% failed\s+2\.0\.0serving/);
    await press("Promote");
    await soon(() => text("#status")).toBe("Promoted: 2.0.0 has all calls.");
    await press("Roll back to 1.0.0");
    await soon(async () => (await rolloutIn(fabric, NAME))?.to).toBe("1.0.0");
    await soon(() => text("#past")).toMatch(/2\.0\.0, from 1\.0\.0: promoted/);
  });

  it("shows a bad version that is taken back by itself, and why", async () => {
    await visit(true);
    await calls();
    const steps = [{ weight: 50 }, { pause: true }] as const;
    await startRollout(fabric, NAME, { to: "3.0.0", steps, analysis: BOUNDS });
    await soon(() => text("#status")).toMatch(
      /^Aborted 3\.0\.0: its error rate is .* % of \d+ calls, and at most 5 % may be\. 1\.0\.0 has all calls\.$/,
    );
    expect(await page.locator("#status").getAttribute("class")).toContain("held");
    await soon(() => text("#marks")).toContain("aborted");
    await soon(() => text("#errors")).toMatch(/Failed: guest-error \d+/);
  });

  it("aborts and refuses by a token that may, and offers nothing by one that may only look", async () => {
    await startRollout(fabric, NAME, { to: "2.0.0", steps: [{ weight: 10 }, { pause: true }] });
    await visit(false);
    await page.getByLabel("Operator's token").waitFor();
    expect(await page.locator(".tape, .nodes").first().isVisible()).toBe(false);
    await enter(VIEWER);
    await soon(() => text("#status")).toMatch(/^Paused at 10 %/);
    for (const name of ["Promote", "Abort", "Skip to 100 %", "Roll it out"])
      expect(await page.getByRole("button", { name }).isVisible()).toBe(false);
    await press("Forget the token");
    await enter(OPERATOR);
    await press("Abort");
    await soon(() => text("#status")).toBe(
      "Aborted 2.0.0: somebody aborted it in the dashboard. 1.0.0 has all calls.",
    );
    await page.getByLabel("Its steps").fill("soon");
    await press("Roll out");
    await soon(() => text("#told")).toBe('[argument] "soon" is no step: 5%, 30s, 10m, 1h, pause, or mirror.');
  });

  it("shows which node has which keys as they move, and a split of its own program beside them", async () => {
    await opened(fabric);
    const first = keep(await hostKeyed(fabric, ROOM, OFTEN));
    const rooms = keep(await callKeyed(fabric, Room, ROOM, OFTEN));
    const one = keep(await load(Greeter, await greeter("good", "1.0.0")));
    const two = keep(await load(Greeter, await greeter("good", "2.0.0")));
    const variants = { "1.0.0": one, "2.0.0": two };
    const near = split(Greeter, { "1.0.0": 90, "2.0.0": 10 }, variants, { name: "near" });
    await visit(true, { viewport: { width: 390, height: 800 } }, [fabric, near]);
    await page.getByRole("button", { name: "room" }).click();
    for (let i = 0; i < 12; i++) await rooms.of(`room-${i}`).call.say(1);
    await soon(() => text("#figures")).toMatch(/^keys\s+12/);
    await soon(() => text("#keys-text")).toBe(`${first.node} has 12 keys.`);
    const second = keep(await hostKeyed(fabric, ROOM, OFTEN));
    second.on("fault", () => {});
    await soon(() => text("#nodes")).toMatch(
      /\d+ keys?\s+.*\s+\d+ went · \d+ epochs\s+.*\s+live\s+\d+ keys?/,
    );
    await first.close();
    await soon(() => page.locator("#keys-text").textContent()).toContain(`${first.node} has left.`);
    for (let i = 0; i < 12; i++) await rooms.of(`room-${i}`).call.say(2);
    await soon(() => page.locator("#keys-text").textContent()).toContain(`${second.node} has 12 keys.`);
    await soon(() => text("#versions")).toMatch(/^1\.0\.0\s+100 %\s+12\s+\d+/);

    await page.getByRole("button", { name: "near" }).click();
    await soon(() => text("#status")).toBe("1.0.0 has 90 %, 2.0.0 has 10 %.");
    expect(await page.locator("#keys").isVisible()).toBe(false);
    await soon(async () => {
      for (let i = 0; i < 10; i++) await near.by("user-1").call.greet(i);
      return text("#versions");
    }).toMatch(/1\.0\.0\s+90 %\s+(100|0)%/);
    near.replan({ "1.0.0": 40, "2.0.0": 60 });
    await soon(() => text("#events")).toMatch(/^1\.0\.0 has 40 %, 2\.0\.0 has 60 %\.\s+\d\d:/);
    expect(await page.locator(".operate, .nodes").first().isVisible()).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  });

  it("fits a narrow screen in the dark, by keys alone, and makes no markup of what others wrote", async () => {
    const record = (value: object) => new TextEncoder().encode(JSON.stringify(value));
    const evil = { salt: "s", split: [{ version: EVIL, weight: 100 }], rules: [] };
    await fabric.kv.put("plan.evil", record(evil));
    await visit(true, {
      viewport: { width: 320, height: 800 },
      colorScheme: "dark",
      reducedMotion: "reduce",
    });
    await soon(() => page.locator("#plugin-list button").count()).toBe(2);
    await page.getByRole("button", { name: "evil" }).focus();
    await page.keyboard.press("Enter");
    await soon(() => text("#status")).toBe(`${EVIL} has all calls.`);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("data-plugin"))).toBe("evil");
    expect(await page.locator("img").count()).toBe(0);
    const found = await page.evaluate(() => ({
      paper: getComputedStyle(document.documentElement).backgroundColor,
      over: document.documentElement.scrollWidth - innerWidth,
      hash: location.hash,
    }));
    expect(found).toEqual({ paper: "rgb(14, 15, 16)", over: 0, hash: "#evil" });
  });
});
