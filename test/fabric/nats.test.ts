/** The fabric on NATS, with a server of its own. */
import { Objm } from "@nats-io/obj";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blobName } from "../../host/fabric/blob-digest.ts";
import type { Fabric } from "../../host/fabric/fabric.ts";
import { natsFabric } from "../../host/nats/mod.ts";
import { conformance } from "./conformance.ts";
import { frozenNodes, ownProcess } from "./frozen-nodes.ts";
import { killedNodes } from "./killed-nodes.ts";
import { ABSENT, type NatsServer, natsServer } from "./nats-server.ts";
import { bytes, eventually, text, thrown, watched } from "./seen.ts";

const TIMEOUT = 10_000;

if (ABSENT) test.skip(`the fabric on NATS (${ABSENT})`);

describe.skipIf(ABSENT !== undefined)("with a server", () => {
  let server: NatsServer;
  let clusters = 0;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.close());

  const open = async (payloadAge?: number) => {
    const name = `cluster-${++clusters}`;
    const joined: Fabric[] = [];
    return {
      url: server.url,
      more: name,
      join: async () => {
        const fabric = await natsFabric(server.url, { name, ...(payloadAge && { payloadAge }) });
        joined.push(fabric);
        return fabric;
      },
      close: async () => {
        await Promise.all(joined.map((each) => each.close()));
      },
    };
  };
  conformance("a fabric on NATS", open);
  killedNodes("a fabric on NATS", open);
  frozenNodes("a fabric on NATS", open, ownProcess);

  test("a cluster on NATS is apart from others of another name", async () => {
    await using one = await natsFabric(server.url, { name: "one" });
    await using other = await natsFabric(server.url, { name: "other" });
    await one.kv.put("a", bytes("1"));
    await one.serve("s", async (message) => message);
    expect(await other.kv.get("a")).toBeUndefined();
    await thrown(other.call("s", { bytes: bytes("x") }, { timeout: TIMEOUT }));
  });

  test("a blob on NATS that is another one, a link, or does not end, is not believed", async () => {
    await using fabric = await natsFabric(server.url, { name: "hostile" });
    const digest = await fabric.payloads.put(bytes("0123456789"));
    const object = blobName(digest);
    const connection = await connect({ servers: server.url });
    const store = await new Objm(connection).open("_payloads_hostile");
    // It says that it has ten bytes, and there is no end of them.
    const { nuid } = (await store.info(object))!;
    for (let i = 0; i < 20; i++)
      connection.publish(`$O._payloads_hostile.C.${nuid}`, new Uint8Array(200_000));
    await connection.flush();
    const endless = await thrown(fabric.payloads.get(digest, 300_000));
    expect(endless.message).toBe(
      `[too-large] could not get the blob ${digest}: it has 400010 bytes, wanted at most 300000`,
    );
    await store.putBlob({ name: object }, bytes("9876543210"));
    expect(await thrown(fabric.payloads.get(digest, 10))).toMatchObject({ code: "integrity" });
    await store.delete(object);
    await store.putBlob({ name: "elsewhere" }, bytes("0123456789"));
    await store.link(object, (await store.info("elsewhere"))!);
    expect((await thrown(fabric.payloads.get(digest, 10))).message).toContain("it is a link to another one");
    await connection.close();
  });

  test("a name, a token and a server that do not fit are told of", async () => {
    expect(await thrown(natsFabric(server.url, { name: "a.b" }))).toMatchObject({ code: "argument" });
    for (const payloadAge of [50, Number.POSITIVE_INFINITY, "x" as never])
      expect(await thrown(natsFabric(server.url, { payloadAge }))).toMatchObject({ code: "argument" });
    const none = await thrown(natsFabric("nats://user:secret@127.0.0.1:1", { timeout: 1_000 }));
    expect(none).toMatchObject({ code: "unavailable" });
    expect(none.message).toContain("could not connect to nats://127.0.0.1:1: no server answers there");
    expect(none.message).not.toContain("secret");
  });
});

describe.skipIf(ABSENT !== undefined)("a server of NATS that is killed and comes back", () => {
  test("is gone for a while: watches, servings and values are there again, and calls fail in time", async () => {
    const server = await natsServer();
    const node = await natsFabric(server.url, { timeout: 1_000 });
    const caller = await natsFabric(server.url, { timeout: 1_000 });
    try {
      await node.serve("echo", async (message) => message);
      await node.kv.put("plan.a", bytes("1"));
      const blob = await node.blobs.put(new Uint8Array(500_000));
      const seen = await watched(caller, "plan.");
      const call = (timeout: number) => caller.call("echo", { bytes: bytes("x") }, { timeout });
      expect(text(await call(TIMEOUT))).toBe("x");
      await server.kill();
      const lost = await thrown(call(200));
      expect(lost).toMatchObject({ code: "deadline" });
      const put = await thrown(caller.kv.put("plan.b", bytes("1")));
      expect(put).toMatchObject({ code: "unavailable" });
      expect(put.message).toContain("it may have been changed");
      await server.start();
      await eventually(async () => call(1_000).catch(() => undefined));
      const other = await natsFabric(server.url);
      await other.kv.put("plan.a", bytes("2"));
      await other.kv.put("plan.c", bytes("1"));
      await seen.until("plan.a=1", "plan.a=2", "plan.c=1");
      expect(seen.changes.filter((change) => change === "plan.a=1")).toHaveLength(1);
      expect((await caller.kv.history("plan.a")).map(text)).toEqual(["1", "2"]);
      expect((await caller.blobs.get(blob))?.length).toBe(500_000);
      await other.close();
    } finally {
      await Promise.all([node.close(), caller.close()]);
      await server.close();
    }
  });

  test("says how it would have JetStream", async () => {
    const server = await natsServer("", false);
    const error = await thrown(natsFabric(server.url));
    expect(error).toMatchObject({ code: "unavailable" });
    expect(error.message).toContain("it has no JetStream; start it with -js");
    await server.close();
  });

  test("asks for its token", async () => {
    const token = "0123456789abcdef0123456789abcdef";
    const server = await natsServer(`authorization { token: "${token}" }`);
    try {
      await (await natsFabric(server.url, { token })).close();
      for (const wrong of [undefined, `${token.slice(1)}0`]) {
        const error = await thrown(natsFabric(server.url, wrong === undefined ? {} : { token: wrong }));
        expect(error).toMatchObject({ code: "unavailable" });
        expect(error.message).toMatch(/authorization/i);
      }
    } finally {
      await server.close();
    }
  });

  test("tells at once that its user may not make a call, and has its answers where the user may have them", async () => {
    const permissions = '{ publish: { deny: ["moult.secret"] }, subscribe: { deny: ["_INBOX.>"] } }';
    const user = `{ user: "guest", password: "guest", permissions: ${permissions} }`;
    const server = await natsServer(`authorization { users: [${user}] }`);
    try {
      const connection = { user: "guest", pass: "guest", inboxPrefix: "_OWN" };
      const fabric = await natsFabric(server.url, { connection });
      const bytes = new Uint8Array([1, 2, 3]);
      await fabric.serve("echo", async (message) => message);
      expect((await fabric.call("echo", { bytes }, { timeout: 20_000 })).bytes).toEqual(bytes);
      const error = await thrown(fabric.call("secret", { bytes }, { timeout: 20_000 }));
      expect(error).toMatchObject({ code: "unavailable", message: expect.stringMatching(/permission/i) });
      await fabric.close();
    } finally {
      await server.close();
    }
  });
});
