/** Keys and values of plugins: in memory and in a directory, by the same tests. */
import { describe, expect, it } from "vitest";
import {
  type Buckets,
  config,
  type KeyValueOptions,
  kv,
  memoryBuckets,
} from "../../host/capabilities/mod.ts";
import { directoryBuckets } from "../../host/node/mod.ts";
import { folder } from "../durable/folder.ts";
import { failure, refused } from "../faults/guest.ts";
import { keeper, module } from "./keeper.ts";

const granted = (options?: KeyValueOptions) => [config({}), kv(options)];

describe.each<[string, () => Promise<Buckets>]>([
  ["memory", async () => memoryBuckets()],
  ["a directory", () => directoryBuckets(folder(), { fsync: "never" })],
])("keys and values in %s", (_, make) => {
  it("are set, read, listed and removed", async () => {
    await using plugin = await keeper(granted({ buckets: await make() }));
    const { put, text, bytes, has, keys, remove } = plugin.call;
    expect(await text("a")).toBeUndefined();
    expect(await has("a")).toBe(false);
    expect([await put("a", "eins"), await put("b", ""), await put("a", "zwei")]).toEqual(["", "", ""]);
    expect([await text("a"), await text("b"), await has("b")]).toEqual(["zwei", "", true]);
    expect(await bytes("a")).toEqual(new TextEncoder().encode("zwei"));
    expect(await keys("")).toEqual(["a", "b"]);
    expect([await remove("a"), await remove("a"), await remove("never there")]).toEqual(["", "", ""]);
    expect([await text("a"), await has("a"), await keys("")]).toEqual([undefined, false, ["b"]]);
  });

  it("have keys that are texts, and nothing but texts", async () => {
    await using plugin = await keeper(granted({ buckets: await make() }));
    const { put, text, keys } = plugin.call;
    const hostile = [
      "../../../etc/passwd",
      "..",
      ".",
      "/",
      "C:\\x",
      "NUL",
      "aux.txt",
      "a\0b",
      "a",
      "A",
      "é",
      "e\u0301",
      "😀",
      "ſ",
      "K",
      "trailing. ",
      "__proto__",
      "constructor",
      "\n",
      "x".repeat(256),
      "LOCK",
      "LOCK.part",
      "a:b",
      "*?<>|",
    ];
    for (const key of hostile) expect([key, await put(key, `value of ${key}`)]).toEqual([key, ""]);
    for (const key of hostile) expect(await text(key)).toBe(`value of ${key}`);
    expect(await keys("")).toEqual([...hostile].sort());
    expect(await keys("a")).toEqual(["a", "a\0b", "a:b", "aux.txt"]);
  });

  it("are listed by the thousand, without a gap at the seams", async () => {
    const buckets = await make();
    await using plugin = await keeper(granted({ buckets, bucket: "many" }));
    const bucket = buckets.open("many");
    const all = Array.from({ length: 2_001 }, (_, i) => `k${i}`);
    for (const key of all) bucket.set(key, new Uint8Array(0), "");
    expect(await plugin.call.keys("")).toEqual([...all].sort());
    expect(await plugin.call.keys("k20")).toEqual(
      ["k20", "k200", "k2000", ...Array.from({ length: 9 }, (_, i) => `k20${i + 1}`)].sort(),
    );
  });

  it("have limits, which a write is told of with what was found", async () => {
    const limits = { maxKeyBytes: 8, maxValueBytes: 100, maxKeys: 3, maxBytes: 210 };
    await using plugin = await keeper(granted({ buckets: await make(), ...limits }));
    const { put, putBytes, text, has, keys, remove } = plugin.call;
    expect(await put("", "x")).toBe("bad-key: found an empty key, wanted a text");
    expect(await put("ääääx", "x")).toBe("bad-key: found a key of 9 bytes, wanted at most 8 (maxKeyBytes)");
    expect([await text("ääääx"), await has("")]).toEqual([undefined, false]);
    expect(await putBytes("a", 101)).toBe(
      "too-large: found a value of 101 bytes, wanted at most 100 (maxValueBytes)",
    );
    expect([await putBytes("a", 100), await putBytes("b", 100)]).toEqual(["", ""]);
    expect(await putBytes("c", 8)).toBe("full: found 211 bytes in all, wanted at most 210 (maxBytes)");
    expect([await putBytes("c", 7), await putBytes("a", 100)]).toEqual(["", ""]);
    expect(await put("d", "")).toBe("full: found 4 keys, wanted at most 3 (maxKeys)");
    expect(await keys("")).toEqual(["a", "b", "c"]);
    expect([await remove("a"), await put("d", ""), await keys("")]).toEqual(["", "", ["b", "c", "d"]]);
  });

  it("may shrink where a limit was lowered below what is there", async () => {
    const buckets = await make();
    await using plugin = await keeper(granted({ buckets, bucket: "x", maxBytes: 10 }));
    buckets.open("x").set("a", new Uint8Array(50), "");
    expect(await plugin.call.putBytes("a", 20)).toBe("");
    expect(await plugin.call.putBytes("b", 1)).toBe(
      "full: found 23 bytes in all, wanted at most 10 (maxBytes)",
    );
  });

  it("are a plugin's own, unless the host says otherwise", async () => {
    const buckets = await make();
    const own = granted({ buckets });
    const shared = granted({ buckets, bucket: "shared" });
    const byHost = granted({ buckets, bucket: (plugin) => `of ${plugin[0]}` });
    const names = ["a1", "a2"];
    const read = async (grant: typeof own) => {
      const plugins = await Promise.all(names.map((name) => keeper(grant, { name })));
      await plugins[0]!.call.put("k", "first");
      const seen = await plugins[1]!.call.text("k");
      for (const plugin of plugins) await plugin.close();
      return seen;
    };
    expect(await read(own)).toBeUndefined();
    expect(await read(shared)).toBe("first");
    expect(await read(byHost)).toBe("first");
    // A plugin cannot take the name of a bucket that the host named.
    await using liar = await keeper(own, { name: "shared" });
    expect(await liar.call.text("k")).toBeUndefined();
  });
});

describe("a version that writes", () => {
  /** Every write that reached the bucket, and its name. */
  function counted() {
    const buckets = memoryBuckets();
    const written: string[] = [];
    const ids: string[] = [];
    const open = (name: string) => {
      const bucket = buckets.open(name);
      return {
        get count() {
          return bucket.count;
        },
        get bytes() {
          return bucket.bytes;
        },
        get: (key: string) => bucket.get(key),
        sizeOf: (key: string) => bucket.sizeOf(key),
        keys: () => bucket.keys(),
        delete: (key: string, id: string) => bucket.delete(key, id),
        set(key: string, value: Uint8Array, id: string) {
          written.push(new TextDecoder().decode(value));
          ids.push(id);
          bucket.set(key, value, id);
        },
      };
    };
    return { written, ids, grant: granted({ buckets: { open } }) };
  }

  it("and is rolled back, wrote once: the old version gets the same answers, and nothing is undone", async () => {
    const { written, grant } = counted();
    await using plugin = await keeper(grant);
    expect(await plugin.call.append("k")).toBe("x");
    await plugin.swap(await module("keeper", "2.0.0"), { probation: { calls: 100 } });
    expect([await plugin.call.append("k"), await plugin.call.append("k")]).toEqual(["xx", "xxx"]);
    expect(await plugin.rollback()).toMatchObject({ replayed: { calls: 2, divergences: 0 } });
    expect([plugin.version, await plugin.call.writes()]).toEqual(["1.0.0", 3]);
    expect(written).toEqual(["x", "xx", "xxx"]);
    expect([await plugin.call.text("k"), await plugin.call.append("k")]).toEqual(["xxx", "xxxx"]);
  });

  it("and traps on probation, wrote once: the old version goes on from where it was", async () => {
    const { written, grant } = counted();
    await using plugin = await keeper(grant);
    await plugin.swap(await module("breaking", "2.0.0", "keeper"), { probation: { calls: 100 } });
    await plugin.call.append("k");
    // Its first write is not made again; the second is the old version's own.
    await plugin.call.putBoth("k", "a", "b");
    expect([plugin.version, await plugin.call.writes(), written]).toEqual(["1.0.0", 3, ["x", "a", "b"]]);
  });

  it("writes nothing as a twin that is looked at, and nothing in a mirror", async () => {
    const { written, grant } = counted();
    await using plugin = await keeper(grant);
    const refusals: unknown[] = [];
    const verify = async (twin: { readonly call: (typeof plugin)["call"] }) => {
      refusals.push(await twin.call.put("k", "of the twin"), await twin.call.text("k"));
    };
    await plugin.swap(await module("keeper", "2.0.0"), { verify });
    expect(refusals).toEqual([
      "moult:keyvalue/store@1.0.0#set has an effect, which is refused before the cutover",
      undefined,
    ]);
    const mirror = await plugin.mirror(await module("keeper", "3.0.0"));
    expect(await plugin.call.append("k")).toBe("x");
    expect(await mirror.report()).toEqual({ calls: 1, compared: 1, differing: 0 });
    mirror.close();
    expect(written).toEqual(["x"]);
  });

  it("names each of its writes, for buckets that have to know one again", async () => {
    const { ids, grant } = counted();
    await using plugin = await keeper(grant);
    await plugin.call.append("k");
    await plugin.call.append("k");
    expect(ids).toEqual([expect.stringMatching(/^keeper\//), expect.stringMatching(/^keeper\//)]);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe("buckets that fail", () => {
  const broken = (what: "get" | "set" | "open"): Buckets => ({
    open: (name) => {
      const bucket = memoryBuckets().open(name);
      const fail = () => {
        throw new Error("/secret/path: disk full");
      };
      if (what === "open") fail();
      return Object.assign(bucket, { [what]: fail });
    },
  });

  it.each(["set", "open"] as const)(
    "at a write (%s) tell the plugin that, and the host why",
    async (what) => {
      const told: unknown[] = [];
      const onError = (error: unknown) => told.push((error as Error).message);
      await using plugin = await keeper(granted({ buckets: broken(what), onError }));
      expect(await plugin.call.put("k", "v")).toBe(
        "failed: the host could not keep it; the key is as it was, or as it was to be",
      );
      expect(told).toEqual(["/secret/path: disk full"]);
    },
  );

  it("at a read end the call", async () => {
    await using plugin = await keeper(granted({ buckets: broken("get") }));
    const { code, message } = await failure(plugin.call.text("k"));
    expect([code, message]).toEqual(["grant-failed", expect.stringContaining("/secret/path: disk full")]);
  });
});

describe("options of kv that are none", () => {
  it.each<[string, unknown, RegExp]>([
    ["buckets", { buckets: "/tmp" }, /could not use buckets: found string "\/tmp", wanted buckets/],
    ["a bucket's name", { bucket: 5 }, /could not use bucket: found number 5/],
    ["a limit", { maxKeys: "many" }, /could not use maxKeys: found string "many"/],
    ["another limit", { maxBytes: Number.NaN }, /could not use maxBytes/],
    ["no options", null, /could not use the options of kv/],
  ])("%s", async (_, options, message) => {
    expect(await refused(() => kv(options as never))).toMatch(message);
  });
});
