/** Calls whose arguments and answers do not fit into a message, in every fabric, and peers that say what is not so. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Fabric, Message } from "../../host/fabric/fabric.ts";
import { callKeyed, hostKeyed } from "../../host/keyed/mod.ts";
import { natsFabric } from "../../host/nats/mod.ts";
import { directoryFabric } from "../../host/node/mod.ts";
import { readAnswer } from "../../host/release/frame.ts";
import { callReleases, hostReleases } from "../../host/release/mod.ts";
import { http, httpFabric, memoryFabric, serveFabric } from "../../host/remote/mod.ts";
import { started } from "../fabric/child.ts";
import { ABSENT, type NatsServer, natsServer } from "../fabric/nats-server.ts";
import { eventually } from "../fabric/seen.ts";
import { failed } from "./failed.ts";
import { hosts } from "./greeter.ts";
import { grain, isFlour, Mill, NAME, opened, SUBJECT, Told } from "./mill.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
const kept = <T extends { close(): unknown }>(one: T): T => {
  open.push(one);
  return one;
};

let server: NatsServer | undefined;
beforeAll(async () => {
  if (ABSENT === undefined) server = await natsServer();
});
afterAll(() => server?.close());
if (ABSENT) test.skip(`payloads on NATS (${ABSENT})`);

let clusters = 0;
interface Joined {
  /** How a process of its own joins it. */
  readonly args: readonly string[];
  join(): Promise<Fabric>;
}
/** @param payloadAge milliseconds */
const FABRICS: Record<string, (payloadAge?: number) => Promise<Joined>> = {
  memory: async () => {
    const fabric = kept(memoryFabric());
    return { args: [], join: async () => fabric };
  },
  directory: async () => {
    const folder = mkdtempSync(join(tmpdir(), "moult-payloads-"));
    kept({ close: () => rmSync(folder, { recursive: true }) });
    const fabric = kept(await directoryFabric(folder, { fsync: "never" }));
    return { args: [], join: async () => fabric };
  },
  HTTP: async (payloadAge = 600_000) => {
    const hub = kept(await serveFabric(kept(memoryFabric({ payloadAge })), http()));
    return { args: ["http", hub.url], join: async () => kept(await httpFabric(hub.url)) };
  },
  ...(ABSENT === undefined && {
    NATS: async (payloadAge = 600_000) => {
      const name = `payloads-${++clusters}`;
      const { url } = server!;
      return {
        args: ["nats", url, name],
        join: async () => kept(await natsFabric(url, { name, payloadAge })),
      };
    },
  }),
};

const HERE = { load: { isolation: "none" }, interval: 20 } as const;
const LARGE = grain(5_000_000);

describe.each(Object.entries(FABRICS))("what is larger than a message, in a fabric of %s,", (_, opening) => {
  test("is called with and answered, for releases, and nothing of it is left", async () => {
    const { join } = await opening();
    const told = new Told();
    const [node, caller] = [told.of(await join()), told.of(await join())];
    await opened(node);
    const host = kept(await hostReleases(node, HERE));
    await hosts(host, { "1.0.0": "serving" });
    const mill = kept(await callReleases(caller, Mill, NAME, { timeout: 60_000 }));
    expect(isFlour(await mill.call.grind(LARGE), LARGE)).toBe(true);
    expect(told.put).toHaveLength(2);
    // Small ones need no blob.
    expect(isFlour(await mill.call.grind(grain(1_000)), grain(1_000))).toBe(true);
    expect(told.put).toHaveLength(2);
    await told.gone(caller);
  });

  test("is called with and answered, for keys", async () => {
    const { join } = await opening();
    const told = new Told();
    const [node, caller] = [told.of(await join()), told.of(await join())];
    await opened(node);
    kept(await hostKeyed(node, NAME, { interval: 50 }));
    const mills = kept(await callKeyed(caller, Mill, NAME, { timeout: 60_000 }));
    expect(isFlour(await mills.of("a").call.grind(LARGE), LARGE)).toBe(true);
    expect(await mills.of("a").call.turns()).toBe(1);
    expect(told.put).toHaveLength(2);
    await told.gone(caller);
  });
});

/** Milliseconds. */
const AGE = 1_000;
const killable = Object.entries(FABRICS).filter(([name]) => name === "HTTP" || name === "NATS");
describe.each(killable)("a caller that is killed, in a fabric over %s,", (_, opening) => {
  test("leaves a payload that is gone by itself, and no release is", async () => {
    const { join, args } = await opening(AGE);
    const fabric = await join();
    const release = await opened(fabric);
    let [take, answer] = [(_: Message) => {}, () => {}];
    const taken = new Promise<Message>((resolve) => {
      take = resolve;
    });
    const over = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await fabric.serve(SUBJECT, async (message) => {
      take(message);
      await over;
      return message;
    });
    const child = started("../release/mill-child.ts", `${AGE}`, ...args);
    const { headers } = await taken;
    const digest = headers!.blob!;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    answer();
    await eventually(async () => !(await fabric.payloads.has(digest)));
    expect(await fabric.blobs.has(release.digest)).toBe(true);
  });
});

describe("calls with payloads", () => {
  /** A fabric whose messages have 3,000 bytes, so that what is large is small. */
  async function world(options: { readonly maxBytes?: number } = {}) {
    const told = new Told();
    const own = kept(memoryFabric({ maxMessageBytes: 3_000 }));
    const fabric = told.of(own);
    await opened(fabric);
    const host = kept(await hostReleases(fabric, { ...HERE, ...options }));
    await hosts(host, { "1.0.0": "serving" });
    return { told, own, fabric };
  }

  test("that are alike and made at the same time take nothing of each other", async () => {
    const { told, fabric } = await world();
    const mill = kept(await callReleases(fabric, Mill, NAME));
    const same = grain(9_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => mill.call.grind(same)));
    expect(answers.every((each) => isFlour(each, same))).toBe(true);
    expect(new Set(told.put).size).toBe(40);
    expect(await mill.call.turns()).toBe(20);
    await told.gone(fabric);
  });

  test("wait where more come than a node may hold, and none is lost", async () => {
    const { told, own, fabric } = await world({ maxBytes: 10_000 });
    const mill = kept(await callReleases(own, Mill, NAME));
    const grains = Array.from({ length: 60 }, (_, i) => grain(9_000, i));
    const answers = await Promise.all(grains.map((each) => mill.call.grind(each)));
    expect(answers.every((each, i) => isFlour(each, grains[i]!))).toBe(true);
    // Four of the largest, with what may be beside their bytes.
    expect(told.most).toBeLessThanOrEqual(4 * (10_000 + 2 ** 15 + 16));
    await told.gone(fabric);
  });

  test("are bounded by what a node takes and by what its caller takes, and say so", async () => {
    const { told, fabric } = await world({ maxBytes: 10_000 });
    const mill = kept(await callReleases(fabric, Mill, NAME, { maxBytes: 5_000 }));
    const tooMuch = await failed(() => mill.call.grind(grain(200_000)));
    expect([tooMuch.code, tooMuch.message]).toEqual([
      "too-large",
      expect.stringMatching(
        /^\[too-large\] could not call mill: its arguments take \d+ bytes, wanted at most 10000 \(maxBytes\); it was not called$/,
      ),
    ]);
    // What the frame may have is refused as the value that it is.
    const value = await failed(() => mill.call.grind(grain(20_000)));
    expect([value.code, value.message]).toEqual(["argument", expect.stringContaining("it was not called")]);
    const answer = await failed(() => mill.call.grind(grain(9_000)));
    expect([answer.code, answer.message]).toEqual([
      "bad-peer",
      expect.stringContaining("of the host's memory"),
    ]);
    const huge = await failed(() => mill.call.grind(new Uint8Array(2 ** 27)));
    expect(huge.message).toMatch(
      /^\[too-large\] could not call mill.grind: its arguments take \d+ bytes; at most 134217712 cross memory; it was not called$/,
    );
    expect(await mill.call.turns()).toBe(1);
    await told.gone(fabric);
  });

  test("tell why they cannot be put, and nothing was called", async () => {
    const fabric = kept(memoryFabric({ maxMessageBytes: 3_000, maxPayloadBytes: 10_000 }));
    await opened(fabric);
    const host = kept(await hostReleases(fabric, HERE));
    await hosts(host, { "1.0.0": "serving" });
    const mill = kept(await callReleases(fabric, Mill, NAME));
    const full = await failed(() => mill.call.grind(grain(20_000)));
    expect(full.message).toMatch(
      /^\[too-large\] could not call mill.grind: its arguments take \d+ bytes, and could not be put into memory: could not put a blob of \d+ bytes: 0 bytes of blobs are kept already, and at most 10000 may be \(maxPayloadBytes\); it was not called$/,
    );
    expect(await mill.call.turns()).toBe(0);
  });
});

/** What a hostile peer says of a payload, what it is refused with, and how often a blob is asked for. */
const UNKNOWN = `sha256-${"A".repeat(43)}=`;
const HOSTILE: [string, (fabric: Fabric) => Promise<Record<string, string>>, string, RegExp, number][] = [
  [
    "one of many gigabytes",
    async () => ({ blob: UNKNOWN, "blob-bytes": `${2 ** 40}` }),
    "too-large",
    / 1099511627760 bytes, wanted at most 16777216 \(maxBytes\)/,
    0,
  ],
  [
    "one that is not there",
    async () => ({ blob: UNKNOWN, "blob-bytes": "5000" }),
    "bad-peer",
    /could not be fetched: there is no blob sha256-A{43}= in memory/,
    1,
  ],
  [
    "a path",
    async () => ({ blob: "../secret", "blob-bytes": "5000" }),
    "bad-peer",
    /is a blob: found the headers blob: ..\/secret and blob-bytes: 5000, wanted sha256-… and a number from 16 up/,
    0,
  ],
  [
    "one without a size",
    async () => ({ blob: UNKNOWN }),
    "bad-peer",
    /found the headers blob: sha256-A{43}= and blob-bytes: none/,
    0,
  ],
  [
    "one that is larger than it says",
    async ({ payloads }) => ({ blob: await payloads.put(new Uint8Array(50_000)), "blob-bytes": "100" }),
    "too-large",
    /could not be fetched: could not get the blob sha256-\S+: it has 50000 bytes, wanted at most 100/,
    1,
  ],
  [
    "one that is smaller than it says",
    async ({ payloads }) => ({ blob: await payloads.put(new Uint8Array(100)), "blob-bytes": "200" }),
    "bad-peer",
    /the blob sha256-\S+ has 100 bytes, wanted the 200 that were said/,
    1,
  ],
  [
    "a release",
    async ({ blobs }) => ({ blob: await blobs.put(grain(5_000)), "blob-bytes": "5000" }),
    "bad-peer",
    /there is no blob/,
    1,
  ],
];

describe.each(HOSTILE)("a peer that names %s as a payload", (_, headersIn, code, why, asked) => {
  const answered = async () => {
    const told = new Told();
    const fabric = told.of(kept(memoryFabric()));
    await opened(fabric);
    return { told, fabric };
  };

  test("gets an error of its node, which calls nothing", async () => {
    const { told, fabric } = await answered();
    const host = kept(await hostReleases(fabric, HERE));
    await hosts(host, { "1.0.0": "serving" });
    const headers = await headersIn(fabric);
    const sent = { bytes: new Uint8Array(0), headers };
    const answer = readAnswer((await fabric.call(SUBJECT, sent, { timeout: 10_000 })).bytes);
    expect(answer).toMatchObject({
      kind: "problem",
      error: { code, rawMessage: expect.stringMatching(why) },
    });
    expect(told.asked).toHaveLength(asked);
    const mill = kept(await callReleases(fabric, Mill, NAME));
    expect(await mill.call.turns()).toBe(0);
  });

  test("is refused by its caller", async () => {
    const { told, fabric } = await answered();
    await fabric.serve(SUBJECT, async () => ({ bytes: new Uint8Array(0), headers: await headersIn(fabric) }));
    const mill = kept(await callReleases(fabric, Mill, NAME));
    const error = await failed(() => mill.call.grind(grain(10)));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(why)]);
    expect(told.asked).toHaveLength(asked);
  });
});
