/** What every fabric does, whatever its engine. */
import { describe, expect, test } from "vitest";
import { type Fabric, type Handler, Unserved } from "../../host/fabric/fabric.ts";
import { bytes, eventually, text, thrown, watched } from "./seen.ts";

/** An engine, and those that are joined by it. */
export interface Cluster {
  /** Another process's fabric, or one that stands for it. */
  join(): Promise<Fabric>;
  close(): Promise<void>;
}
/** @param payloadAge milliseconds. @default that of every fabric */
export type Open = (payloadAge?: number) => Promise<Cluster>;

const echo: Handler = async (message) => message;

/** A handler that answers the first message when it is told to, and others at once. */
export function held(): { handler: Handler; taken: Promise<void>; answer(): void } {
  let [take, answer] = [() => {}, () => {}];
  const taken = new Promise<void>((resolve) => {
    take = resolve;
  });
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let first = true;
  const handler: Handler = async (message) => {
    if (!first) return message;
    first = false;
    take();
    await answered;
    return message;
  };
  return { handler, taken, answer };
}
const TIMEOUT = 10_000;

/** @param only of which tests the titles fit, where not all of them are run */
export function conformance(name: string, open: Open, only = /./): void {
  const inCluster = (title: string, work: (cluster: Cluster) => Promise<void>, payloadAge?: number) => {
    if (!only.test(title)) return;
    test(title, async () => {
      const cluster = await open(payloadAge);
      try {
        await work(cluster);
      } finally {
        await cluster.close();
      }
    });
  };

  describe(`the values of ${name}`, () => {
    inCluster("are made once, and changed by those who saw the last change", async (cluster) => {
      const { kv } = await cluster.join();
      expect(await kv.get("plan.a")).toBeUndefined();
      const first = await kv.create("plan.a", bytes("1"));
      expect(first).toBeGreaterThan(0);
      expect(await kv.create("plan.a", bytes("2"))).toBeUndefined();
      const second = await kv.update("plan.a", bytes("2"), first!);
      expect(second).toBeGreaterThan(first!);
      expect(await kv.update("plan.a", bytes("3"), first!)).toBeUndefined();
      expect(await kv.get("plan.a")).toEqual({ key: "plan.a", value: bytes("2"), revision: second });
      expect(await kv.update("plan.other", bytes("3"), second!)).toBeUndefined();
      expect(await kv.get("plan.other")).toBeUndefined();
    });

    inCluster("may be empty, and of any bytes", async (cluster) => {
      const { kv } = await cluster.join();
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      await kv.put("all", all);
      await kv.put("none", new Uint8Array(0));
      expect((await kv.get("all"))?.value).toEqual(all);
      expect((await kv.get("none"))?.value).toEqual(new Uint8Array(0));
      // A part of a larger buffer, of Node's kind.
      await kv.put("part", Buffer.from("xabcx").subarray(1, 4));
      expect(text(await kv.get("part"))).toBe("abc");
    });

    inCluster("belong to nobody who gave or got them", async (cluster) => {
      const { kv } = await cluster.join();
      const mine = bytes("mine");
      await kv.put("a", mine);
      mine.fill(0);
      (await kv.get("a"))!.value.fill(0);
      expect(text(await kv.get("a"))).toBe("mine");
    });

    inCluster("have a history of 64 changes", async (cluster) => {
      const { kv } = await cluster.join();
      for (let i = 1; i <= 3; i++) await kv.put("few", bytes(String(i)));
      await kv.delete("few");
      await kv.put("few", bytes("5"));
      const few = await kv.history("few");
      expect(few.map(text)).toEqual(["1", "2", "3", "5"]);
      expect(few.map(({ revision }) => revision)).toEqual(
        few.map(({ revision }) => revision).sort((a, b) => a - b),
      );
      for (let i = 1; i <= 70; i++) await kv.put("many", bytes(String(i)));
      expect((await kv.history("many")).map(text)).toEqual(
        Array.from({ length: 64 }, (_, i) => String(i + 7)),
      );
      expect(await kv.history("none")).toEqual([]);
    });

    inCluster("that are of now have their last change alone, and are beside the others", async (cluster) => {
      const [one, other] = [await cluster.join(), await cluster.join()];
      const { kv } = one;
      for (let i = 1; i <= 3; i++) await kv.put("now.a", bytes(String(i)));
      expect((await kv.history("now.a")).map(text)).toEqual(["3"]);
      const { revision } = (await kv.get("now.a"))!;
      expect(await kv.create("now.a", bytes("4"))).toBeUndefined();
      expect(await kv.update("now.a", bytes("4"), revision - 1)).toBeUndefined();
      expect(await kv.update("now.a", bytes("4"), revision)).toBeGreaterThan(revision);
      for (const key of ["now", "nowhere.a", "b"]) await kv.put(key, bytes("x"));
      await kv.put("now.gone", bytes("x"));
      expect(await kv.delete("now.gone")).toBe(true);
      expect(await kv.history("now.gone")).toEqual([]);
      for (const [prefix, keys] of [
        ["", ["b", "now", "now.a", "nowhere.a"]],
        ["no", ["now", "now.a", "nowhere.a"]],
        ["now", ["now", "now.a", "nowhere.a"]],
        ["now.", ["now.a"]],
      ] as const) {
        expect(await other.kv.keys(prefix)).toEqual(keys);
        const seen = await watched(other, prefix);
        expect(seen.changes.map((each) => each.split("=")[0]).sort()).toEqual(keys);
        await kv.put("now.b", bytes("1"));
        await kv.delete("now.b");
        await seen.until("now.b gone");
        seen.watching.stop();
      }
    });

    inCluster("are all listed, and told to a watcher that begins, while they change", async (cluster) => {
      const [one, other] = [await cluster.join(), await cluster.join()];
      const keys = Array.from({ length: 60 }, (_, i) => `now.k.${i}`);
      for (const key of keys) await one.kv.put(key, bytes("0"));
      let ended = false;
      const lanes = [0, 1, 2, 3].map(async (lane) => {
        for (let i = lane; !ended; i += 7) {
          await one.kv.put(keys[i % keys.length]!, bytes(String(i)));
          // Timers have their turn, too.
          await new Promise((resolve) => setTimeout(resolve));
        }
      });
      try {
        for (let i = 0; i < 10; i++) {
          const told = new Set<string>();
          const watching = await other.kv.watch("now.k.", ({ key }) => void told.add(key));
          expect(told.size).toBe(keys.length);
          watching.stop();
          expect(await other.kv.keys("now.k.")).toEqual([...keys].sort());
        }
      } finally {
        ended = true;
        await Promise.all(lanes);
      }
    });

    inCluster("are deleted by those who saw the last change, or by anybody", async (cluster) => {
      const { kv } = await cluster.join();
      const first = await kv.put("a", bytes("1"));
      const second = await kv.put("a", bytes("2"));
      expect(await kv.delete("a", first)).toBe(false);
      expect(text(await kv.get("a"))).toBe("2");
      expect(await kv.delete("a", second)).toBe(true);
      expect(await kv.get("a")).toBeUndefined();
      expect(await kv.delete("a")).toBe(false);
      expect(await kv.delete("never")).toBe(false);
      expect(await kv.update("a", bytes("3"), second)).toBeUndefined();
      const again = await kv.create("a", bytes("4"));
      expect(again).toBeGreaterThan(second);
      expect(await kv.delete("a")).toBe(true);
    });

    inCluster("are listed by what their keys begin with, in order", async (cluster) => {
      const { kv } = await cluster.join();
      for (const key of ["b.2", "b.1", "a", "bb", "b", "c=.x_-9"]) await kv.put(key, bytes("x"));
      await kv.delete("b.2");
      expect(await kv.keys("")).toEqual(["a", "b", "b.1", "bb", "c=.x_-9"]);
      expect(await kv.keys("b")).toEqual(["b", "b.1", "bb"]);
      expect(await kv.keys("b.")).toEqual(["b.1"]);
      expect(await kv.keys("c=.x")).toEqual(["c=.x_-9"]);
      expect(await kv.keys("z")).toEqual([]);
    });

    inCluster("are told to a watcher as they are, and then every change in its order", async (cluster) => {
      const [one, other] = [await cluster.join(), await cluster.join()];
      await other.kv.put("p.a", bytes("0"));
      await other.kv.put("p.gone", bytes("0"));
      await other.kv.delete("p.gone");
      await other.kv.put("q.a", bytes("0"));
      const seen = await watched(one, "p.");
      expect(seen.changes).toEqual(["p.a=0"]);
      for (let i = 1; i <= 20; i++) {
        await other.kv.put("p.a", bytes(String(i)));
        await other.kv.put("q.a", bytes(String(i)));
      }
      await other.kv.put("p.b", bytes("1"));
      await other.kv.delete("p.a");
      await seen.until("p.b=1", "p.a gone");
      expect(seen.changes).toEqual([
        ...Array.from({ length: 21 }, (_, i) => `p.a=${i}`),
        "p.b=1",
        "p.a gone",
      ]);
      seen.watching.stop();
      const all = await watched(one, "");
      await other.kv.put("p.c", bytes("1"));
      await all.until("q.a=20", "p.c=1");
      expect(seen.changes.at(-1)).toBe("p.a gone");
    });

    inCluster("are told to other watchers where one throws", async (cluster) => {
      const { kv } = await cluster.join();
      const [found, report] = [[] as string[], console.error];
      console.error = () => {};
      try {
        await kv.watch("a", () => {
          throw new Error("a watcher's own");
        });
        await kv.watch("a", ({ key }) => void found.push(key));
        await kv.put("a", bytes("1"));
        await kv.put("a1", bytes("1"));
        await eventually(async () => found.length === 2);
      } finally {
        console.error = report;
      }
    });

    inCluster("are won by one of those who change them at the same time", async (cluster) => {
      const fabrics = [await cluster.join(), await cluster.join(), await cluster.join()];
      const made = await Promise.all(fabrics.map(({ kv }, i) => kv.create("race", bytes(`made by ${i}`))));
      expect(made.filter((each) => each !== undefined)).toHaveLength(1);
      // Each adds 1 ten times: none is lost.
      await fabrics[0]!.kv.put("sum", bytes("0"));
      await Promise.all(
        fabrics.map(async ({ kv }) => {
          for (let i = 0; i < 10; ) {
            const { value, revision } = (await kv.get("sum"))!;
            const sum = Number(text({ value })) + 1;
            if ((await kv.update("sum", bytes(String(sum)), revision)) !== undefined) i++;
          }
        }),
      );
      expect(text(await fabrics[1]!.kv.get("sum"))).toBe("30");
    });

    inCluster("have keys that are refused by name where they do not fit", async (cluster) => {
      const { kv } = await cluster.join();
      for (const key of ["", "a b", "a..b", ".a", "a.", "ä", "a/b", "a*", "a.>", "a\n", "k".repeat(257)]) {
        const error = await thrown(kv.put(key, bytes("x")));
        expect(error, key).toMatchObject({ code: "argument" });
        expect(error.message).toContain("its key is string");
      }
      expect((await thrown(kv.put("_own.a", bytes("x")))).message).toContain("are the fabric's own");
      expect((await thrown(kv.get(7 as never))).message).toContain("its key is number 7");
      expect((await thrown(kv.keys("a*"))).message).toContain("its prefix is");
      expect((await thrown(kv.put("a", "text" as never))).message).toContain("the value of a is string");
      expect((await thrown(kv.update("a", bytes("x"), 0))).message).toContain("its revision is number 0");
    });

    inCluster("are refused where they are too large", async (cluster) => {
      const { kv, maxMessageBytes } = await cluster.join();
      const most = new Uint8Array(maxMessageBytes).fill(7);
      await kv.put("most", most);
      expect((await kv.get("most"))?.value.length).toBe(maxMessageBytes);
      const error = await thrown(kv.put("more", new Uint8Array(maxMessageBytes + 1)));
      expect(error).toMatchObject({ code: "too-large" });
      expect(await kv.get("more")).toBeUndefined();
    });
  });

  describe(`the blobs of ${name}`, () => {
    inCluster("are kept by their digest", async (cluster) => {
      const [one, other] = [await cluster.join(), await cluster.join()];
      const blob = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 251);
      const digest = await one.blobs.put(blob);
      expect(digest).toMatch(/^sha256-[A-Za-z0-9+/]{43}=$/);
      expect(await one.blobs.put(blob)).toBe(digest);
      expect(await other.blobs.has(digest)).toBe(true);
      expect(Buffer.compare((await other.blobs.get(digest))!, blob)).toBe(0);
      const empty = await one.blobs.put(new Uint8Array(0));
      expect(empty).toBe("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
      expect(await other.blobs.get(empty)).toEqual(new Uint8Array(0));
    });

    inCluster("are unknown where nobody put them", async (cluster) => {
      const { blobs } = await cluster.join();
      const unknown = `sha256-${"A".repeat(43)}=`;
      expect(await blobs.get(unknown)).toBeUndefined();
      expect(await blobs.has(unknown)).toBe(false);
      expect(await thrown(blobs.get("../secret"))).toMatchObject({ code: "argument" });
      expect(await thrown(blobs.put("text" as never))).toMatchObject({ code: "argument" });
      expect(await thrown(blobs.get(unknown, "x" as never))).toMatchObject({ code: "argument" });
    });

    inCluster("are deleted by anybody, and made anew by those who put them again", async (cluster) => {
      const [one, other] = [await cluster.join(), await cluster.join()];
      for (const of of ["blobs", "payloads"] as const) {
        const [kept, gone] = [await one[of].put(bytes("kept")), await one[of].put(bytes("gone"))];
        expect(await other[of].delete(gone)).toBe(true);
        expect(await one[of].has(gone)).toBe(false);
        expect(await one[of].get(gone)).toBeUndefined();
        expect(await one[of].delete(gone)).toBe(false);
        expect(await one[of].put(bytes("gone"))).toBe(gone);
        for (const each of [kept, gone]) expect(await other[of].has(each)).toBe(true);
        expect(await thrown(one[of].delete("../secret"))).toMatchObject({ code: "argument" });
      }
    });

    inCluster("are refused, and not fetched, where they have more bytes than wanted", async (cluster) => {
      const [one, other] = [await cluster.join(), await cluster.join()];
      const blob = new Uint8Array(300_000).fill(7);
      for (const of of ["blobs", "payloads"] as const) {
        const digest = await one[of].put(blob);
        expect((await other[of].get(digest, 300_000))?.length).toBe(300_000);
        const error = await thrown(other[of].get(digest, 299_999));
        expect(error).toMatchObject({ code: "too-large" });
        expect(error.message).toMatch(/has 300000 bytes.*, wanted at most 299999/);
      }
    });

    inCluster("are apart from payloads that are on their way", async (cluster) => {
      const [one, other] = [await cluster.join(), await cluster.join()];
      const digest = await one.blobs.put(bytes("a module"));
      expect(await other.payloads.has(digest)).toBe(false);
      expect(await other.payloads.delete(digest)).toBe(false);
      expect(await one.payloads.put(bytes("a module"))).toBe(digest);
      expect(await other.payloads.delete(digest)).toBe(true);
      expect(await other.blobs.has(digest)).toBe(true);
    });

    const age = 100;
    inCluster(
      "stay, while payloads that nobody deleted are gone by themselves",
      async (cluster) => {
        const fabric = await cluster.join();
        const release = await fabric.blobs.put(bytes("a module"));
        const left = await fabric.payloads.put(new Uint8Array(200_000));
        await eventually(async () => !(await fabric.payloads.has(left)));
        expect(await fabric.payloads.get(left)).toBeUndefined();
        expect(await fabric.blobs.has(release)).toBe(true);
      },
      age,
    );
  });

  describe(`the subjects of ${name}`, () => {
    inCluster("are called with bytes and headers", async (cluster) => {
      const [node, caller] = [await cluster.join(), await cluster.join()];
      await node.serve("plug.echo-1_a", async ({ bytes: sent, headers }) => ({
        bytes: bytes(`${new TextDecoder().decode(sent)}!`),
        headers: { ...headers, served: "yes" },
      }));
      const sent = { bytes: bytes("hello"), headers: { traceparent: "00-1-2-01" } };
      const answer = await caller.call("plug.echo-1_a", sent, { timeout: TIMEOUT });
      expect(text(answer)).toBe("hello!");
      expect(answer.headers).toEqual({ traceparent: "00-1-2-01", served: "yes" });
      const empty = await caller.call("plug.echo-1_a", { bytes: new Uint8Array(0) }, { timeout: TIMEOUT });
      expect(text(empty)).toBe("!");
    });

    inCluster("are unserved where nobody serves them, and no handler had the message", async (cluster) => {
      const caller = await cluster.join();
      const error = await thrown(caller.call("nobody", { bytes: bytes("x") }, { timeout: TIMEOUT }));
      expect(error).toBeInstanceOf(Unserved);
      expect(error.message).toContain("could not call nobody");
      const node = await cluster.join();
      const serving = await node.serve("nobody", echo);
      expect(text(await caller.call("nobody", { bytes: bytes("x") }, { timeout: TIMEOUT }))).toBe("x");
      await serving.drain();
      expect(await thrown(caller.call("nobody", { bytes: bytes("x") }, { timeout: TIMEOUT }))).toBeInstanceOf(
        Unserved,
      );
    });

    inCluster("share their messages among their handlers", async (cluster) => {
      const caller = await cluster.join();
      const counts = [0, 0, 0];
      for (const i of counts.keys()) {
        const node = await cluster.join();
        await node.serve("shared", async (message) => {
          counts[i]!++;
          return message;
        });
      }
      await eventually(async () => {
        await Promise.all(
          Array.from({ length: 30 }, () =>
            caller.call("shared", { bytes: bytes("x") }, { timeout: TIMEOUT }),
          ),
        );
        return counts.every((count) => count > 0);
      });
      expect(counts.reduce((sum, count) => sum + count) % 30).toBe(0);
    });

    inCluster("lose no call under load while one handler takes over from another", async (cluster) => {
      const [first, second, caller] = [await cluster.join(), await cluster.join(), await cluster.join()];
      const slow: Handler = async (message) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return message;
      };
      let serving = await first.serve("swap", slow);
      let [answered, ended] = [0, false];
      const load = Array.from({ length: 16 }, async (_, i) => {
        for (let n = 0; !ended; n++, answered++) {
          const answer = await caller.call("swap", { bytes: bytes(`${i} ${n}`) }, { timeout: TIMEOUT });
          expect(text(answer)).toBe(`${i} ${n}`);
        }
      });
      const turns = (async () => {
        for (let turn = 1; turn <= 4; turn++) {
          const next = await [first, second][turn % 2]!.serve("swap", slow);
          await serving.drain();
          serving = next;
          const before = answered;
          await eventually(async () => answered > before + 50);
        }
      })();
      await Promise.race([turns, ...load]);
      ended = true;
      await Promise.all(load);
      expect(answered).toBeGreaterThan(200);
    });

    inCluster("are drained when all calls that were taken are answered", async (cluster) => {
      const [node, caller] = [await cluster.join(), await cluster.join()];
      const { handler, taken, answer } = held();
      const serving = await node.serve("slow", handler);
      const call = caller.call("slow", { bytes: bytes("x") }, { timeout: TIMEOUT });
      await taken;
      const order: string[] = [];
      const drained = serving.drain().then(() => order.push("drained"));
      // What was on its way is still taken.
      await eventually(async () => {
        const late = caller.call("slow", { bytes: bytes("y") }, { timeout: TIMEOUT });
        return late.then(() => false).catch((error) => error instanceof Unserved);
      });
      order.push("answered");
      answer();
      expect(text(await call)).toBe("x");
      await drained;
      expect(order).toEqual(["answered", "drained"]);
      await serving.drain();
    });

    inCluster("have a deadline, and are given up by their callers", async (cluster) => {
      const [node, caller] = [await cluster.join(), await cluster.join()];
      let ends = 0;
      await node.serve("never", async (message, signal) => {
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve());
        });
        ends++;
        return message;
      });
      const late = await thrown(caller.call("never", { bytes: bytes("x") }, { timeout: 100 }));
      expect(late).toMatchObject({ code: "deadline" });
      expect(late.message).toContain("within 100 ms (timeout); it may have been called");
      const giving = new AbortController();
      const call = caller.call("never", { bytes: bytes("x") }, { timeout: 500, signal: giving.signal });
      giving.abort(new Error("no longer wanted"));
      expect((await thrown(call)).message).toBe("no longer wanted");
      const gone = AbortSignal.abort(new Error("never wanted"));
      expect(
        (await thrown(caller.call("never", { bytes: bytes("x") }, { timeout: 100, signal: gone }))).message,
      ).toBe("never wanted");
      await eventually(async () => ends > 0);
    });

    inCluster("refuse what is too large, on both ways, and headers that do not fit", async (cluster) => {
      const [node, caller] = [await cluster.join(), await cluster.join()];
      const { maxMessageBytes } = caller;
      await node.serve("large", async ({ bytes: sent }) => ({
        bytes: new Uint8Array(sent.length === 0 ? maxMessageBytes + 1 : sent.length),
      }));
      const most = await caller.call(
        "large",
        { bytes: new Uint8Array(maxMessageBytes) },
        { timeout: TIMEOUT },
      );
      expect(most.bytes.length).toBe(maxMessageBytes);
      const more = { bytes: new Uint8Array(maxMessageBytes + 1) };
      expect(await thrown(caller.call("large", more, { timeout: TIMEOUT }))).toMatchObject({
        code: "too-large",
      });
      const answer = await thrown(caller.call("large", { bytes: new Uint8Array(0) }, { timeout: TIMEOUT }));
      expect(answer).toMatchObject({ code: "too-large" });
      expect(answer.message).toContain("it was called");
      for (const headers of [{ "Trace Parent": "x" }, { a: "x\ny" }, { a: "ä" }, { a: "x".repeat(1025) }]) {
        const refused = caller.call("large", { bytes: bytes("x"), headers }, { timeout: TIMEOUT });
        expect(await thrown(refused)).toMatchObject({ code: "argument" });
      }
    });

    inCluster("tell of a handler that fails", async (cluster) => {
      const [node, caller] = [await cluster.join(), await cluster.join()];
      await node.serve("broken", async () => {
        throw new Error("a handler's own");
      });
      const error = await thrown(caller.call("broken", { bytes: bytes("x") }, { timeout: TIMEOUT }));
      expect(error).toMatchObject({ code: "bad-peer" });
      expect(error.message).toContain("its handler failed");
    });

    inCluster("have names that are refused where they do not fit", async (cluster) => {
      const fabric = await cluster.join();
      for (const subject of ["", "a b", "a..b", "a.*", ">", "a=", "$SYS", "s".repeat(257)]) {
        expect((await thrown(fabric.serve(subject, echo))).message, subject).toContain("its subject is");
        const call = fabric.call(subject, { bytes: bytes("x") }, { timeout: TIMEOUT });
        expect(await thrown(call)).toMatchObject({ code: "argument" });
      }
      expect(await thrown(fabric.serve("a", "x" as never))).toMatchObject({ code: "argument" });
    });
  });

  describe(`${name}, closed,`, () => {
    inCluster("has answered what it took, and does nothing more", async (cluster) => {
      const [node, caller] = [await cluster.join(), await cluster.join()];
      const { handler, taken, answer } = held();
      await node.serve("last", handler);
      const digest = await node.payloads.put(bytes("a"));
      const call = caller.call("last", { bytes: bytes("1") }, { timeout: TIMEOUT });
      await taken;
      const closed = node.close();
      answer();
      await closed;
      expect(text(await call)).toBe("1");
      await node.close();
      expect(await thrown(node.kv.get("a"))).toMatchObject({ code: "closed" });
      expect(await thrown(node.serve("a", echo))).toMatchObject({ code: "closed" });
      expect(await thrown(node.blobs.put(bytes("a")))).toMatchObject({ code: "closed" });
      expect(await thrown(node.payloads.delete(digest))).toMatchObject({ code: "closed" });
      expect(await thrown(node.call("a", { bytes: bytes("x") }, { timeout: TIMEOUT }))).toMatchObject({
        code: "closed",
      });
      expect(await thrown(node.kv.watch("", () => {}))).toMatchObject({ code: "closed" });
    });
  });
}
