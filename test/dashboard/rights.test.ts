/** Who gets what of a dashboard, without a browser. */
import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { dashboard } from "../../host/dashboard/mod.ts";
import { load } from "../../host/mod.ts";
import { type HttpOptions, http, type Served, serve } from "../../host/remote/mod.ts";
import { versions } from "../versions.ts";

const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const CALLER = "caller-0123456789abcdef";
const OPERATOR = { token: "operator-0123456789abcdef", verbs: ["status", "history"] } as const;
const DATA = ["dashboard/live", "dashboard/rights", "history", "status", "measures"];

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function served(options: HttpOptions): Promise<Served> {
  const plugin = await load(await counter("v1"));
  open.push(plugin);
  const own = await serve(plugin, http(options));
  open.push(own);
  return own;
}

async function statuses(url: string, init: RequestInit = {}, paths = DATA): Promise<number[]> {
  return Promise.all(paths.map(async (path) => (await fetch(`${url}${path}`, init)).status));
}

test("its page holds to its own files, is in no frame, and is there for everybody", async () => {
  const { url } = await served({ token: [CALLER, OPERATOR], dashboard: dashboard() });
  const page = await fetch(`${url}dashboard`);
  expect([page.url, page.status]).toEqual([`${url}dashboard/`, 200]);
  expect(page.headers.get("x-frame-options")).toBe("DENY");
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  const policy = page.headers.get("content-security-policy");
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'");
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
  const html = await page.text();
  expect(html).not.toMatch(/<script(?![^>]* src="page.js">)|\son\w+=|style=|https?:/);
  const sheet = await fetch(`${url}dashboard/page.css`);
  expect(sheet.headers.get("content-type")).toBe("text/css; charset=utf-8");
  expect(await sheet.text()).not.toMatch(/url\(|@import/);
  expect((await fetch(`${url}dashboard/`, { method: "POST" })).status).toBe(405);
  expect(await statuses(url, {}, ["dashboard/..%2fpage.html", "dashboard/main.ts"])).toEqual([401, 401]);
});

test("it shows nothing without a token, and to a token what its verbs say", async () => {
  const { url } = await served({ token: [CALLER, OPERATOR], dashboard: dashboard() });
  const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  expect(await statuses(url)).toEqual([401, 401, 401, 401, 401]);
  expect(await statuses(url, bearing("wrong-0123456789abcdef"))).toEqual([401, 401, 401, 401, 401]);
  expect(await statuses(url, bearing(CALLER))).toEqual([403, 200, 403, 403, 403]);
  expect(await statuses(url, bearing(OPERATOR.token))).toEqual([200, 200, 200, 200, 200]);
  const rights = await fetch(`${url}dashboard/rights`, bearing(OPERATOR.token));
  expect(await rights.json()).toEqual({ plugin: "counter", verbs: ["history", "status"] });
});

test("an open one lets who is on this machine look, and nothing else", async () => {
  const { url } = await served({ token: [CALLER, OPERATOR], dashboard: dashboard({ open: true }) });
  expect(await statuses(url)).toEqual([200, 200, 200, 200, 200]);
  const post = { method: "POST", headers: { "content-type": "application/wasm" }, body: await counter("v2") };
  expect(await statuses(url, post as RequestInit, ["swap", "accept", "rollback"])).toEqual([403, 403, 403]);
  expect(await statuses(url, {}, ["snapshot", "swap", "rollback", "accept"])).toEqual([403, 403, 403, 403]);
  const call = { method: "POST", headers: { "content-type": "application/json" }, body: "[]" };
  expect(await statuses(url, call, ["call/value"])).toEqual([403]);
  expect(await statuses(url, { headers: { authorization: "Bearer wrong-0123456789abcdef" } })).toEqual([
    401, 401, 401, 401, 401,
  ]);
});

test("an open one is shown under this machine's own names alone", async () => {
  const { url } = await served({ token: OPERATOR, dashboard: dashboard({ open: true }) });
  expect(await asked(url, "history", "evil.example")).toBe(401);
  expect(await asked(url, "dashboard/live", "evil.example:80")).toBe(401);
  expect(await asked(url, "history", "localhost")).toBe(200);
});

test("what was counted can be taken from what is counted later", async () => {
  const { url } = await served({ dashboard: dashboard({ open: true }) });
  const live = async () => (await fetch(`${url}dashboard/live`)).json();
  expect(await live()).toMatchObject({ plugin: "counter", versions: [], latest: "0 0 " });
  const call = { method: "POST", headers: { "content-type": "application/json" }, body: "[]" };
  expect(await statuses(url, call, ["call/value", "call/value"])).toEqual([200, 200]);
  const { versions } = await live();
  expect(versions).toEqual([{ version: "1.0.0", calls: 2, errors: {}, latency: expect.any(Array) }]);
});

test.each<[string, HttpOptions]>([
  ["nobody could look at it: say a token", { dashboard: dashboard() }],
  ["nobody could look at it: say a token", { token: CALLER, dashboard: dashboard() }],
  [
    "everybody who reaches 0.0.0.0 could look",
    { host: "0.0.0.0", token: OPERATOR, dashboard: dashboard({ open: true }) },
  ],
  ["wanted what dashboard() of moult/dashboard makes", { dashboard: {} as never }],
])("is refused where %s", (why, options) => {
  expect(() => http(options)).toThrow(why);
});

test("its options are looked at", () => {
  expect(() => dashboard({ open: "yes" as never })).toThrow("open is true or false");
});

/** With a name of the server that it is asked by. */
function asked(url: string, path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.once("error", reject);
    sent.end();
  });
}
