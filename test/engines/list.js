/**
 * What every engine is asked to do. Plain JavaScript, which knows moult by its name alone.
 *
 * A feature's `run` throws where something is not as it should be. It gets `read(name)`, the bytes of a module, and
 * `url(name)`, its address. What an engine lacks is told in `lacks.js`: there a feature has to fail with the error that the
 * documents name, and with no other.
 */
import { capability, contract, load, sameAnswers, wit } from "moult";
import { newKeys, sign } from "moult/trust";
import * as z from "zod/mini";
import { endless } from "./program.js";

export const Ledger = contract("test:engines/ledger@1", {
  add: { params: [z.string(), z.uint32()], returns: z.uint32() },
  total: { params: [], returns: z.uint32() },
  names: { params: [], returns: z.array(z.string()) },
  echo: { params: [z.string()], returns: wit.result(z.string(), z.string()) },
  trap: { params: [] },
  deep: { params: [z.uint32()], returns: z.uint32() },
  spin: { params: [] },
});
const Asks = contract("test:engines/asks@1", {
  ask: { params: [z.string()], returns: z.string() },
  times: { params: [], returns: z.uint32() },
});
const Far = { fetch: { params: [z.string()], returns: z.string(), kind: "read" } };
/** A recursion that no engine's stack has room for. */
const TOO_DEEP = 4_000_000_000;
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function same(found, wanted, what) {
  const [one, other] = [found, wanted].map((each) => JSON.stringify(each));
  if (one !== other) throw new Error(`${what}: found ${one}, wanted ${other}`);
}

/** The code of the error with which it ends. */
export async function refused(work) {
  try {
    await work;
  } catch (error) {
    if (error?.code) return error.code;
    throw error;
  }
  return "went well";
}

export async function withPlugin(work, source, options, use) {
  const plugin = await load(work, source, options);
  try {
    return await use(plugin);
  } finally {
    await plugin.close();
  }
}

/** On probation the second version does what ends it; the first, which answers that call, does not. */
async function rolledBack({ read }, end) {
  await withPlugin(Ledger, await read("first"), {}, async (plugin) => {
    await plugin.call.add("a", 2);
    await plugin.swap(await read("second"), { probation: { calls: 1000 } });
    same(await plugin.call.add("b", 3), 5, "the second version");
    same(await refused(end(plugin)), "went well", "the call that ended it, of the first version");
    same(
      [plugin.version, await plugin.call.total(), await plugin.call.names()],
      ["1.0.0", 5, ["a", "b"]],
      "after",
    );
  });
}

export const FEATURES = [
  {
    id: "calls",
    title: "typed calls, `call` and `callSync`",
    async run({ read }) {
      await withPlugin(Ledger, await read("first"), {}, async (plugin) => {
        same([await plugin.call.add("a", 2), plugin.callSync.add("b", 3)], [2, 5], "sums");
        same(await plugin.call.names(), ["a", "b"], "names");
        const text = "wörld 𝄞 ".repeat(20_000);
        same(await plugin.call.echo(text), text, "a long text");
        same(await refused(plugin.call.echo("")), "guest-error", "an err");
        same(await refused(plugin.call.add("a", -1)), "argument", "a wrong argument");
      });
    },
  },
  {
    id: "swap",
    title: "a swap, with the state",
    async run({ read }) {
      await withPlugin(Ledger, await read("first"), {}, async (plugin) => {
        await plugin.call.add("a", 2);
        await plugin.swap(await read("second"));
        same([plugin.version, await plugin.call.add("b", 3)], ["2.0.0", 5], "the second version");
        same(await plugin.call.names(), ["a", "b"], "names");
      });
    },
  },
  {
    id: "refused-swap",
    title: "a refused swap changes nothing",
    async run({ read }) {
      await withPlugin(Ledger, await read("second"), {}, async (plugin) => {
        await plugin.call.add("a", 2);
        for (const [source, code] of [
          [await read("first"), "incompatible-state"],
          [await read("asks"), "mismatch"],
          [new Uint8Array([1, 2, 3]), "not-wasm"],
        ])
          same(await refused(plugin.swap(source)), code, "the refusal");
        same([plugin.version, await plugin.call.total()], ["2.0.0", 2], "the version that serves");
      });
    },
  },
  {
    id: "calls-during-swap",
    title: "calls during swaps: each is answered once",
    async run({ read }) {
      await withPlugin(Ledger, await read("first"), {}, async (plugin) => {
        const second = await read("second");
        const calls = [];
        let swaps = Promise.resolve();
        for (let i = 0; i < 100; i++) {
          calls.push(plugin.call.add("a", 1));
          if (i % 25 === 0) swaps = swaps.then(() => plugin.swap(second));
          if (i % 10 === 0) await later(0);
        }
        await swaps;
        const sums = await Promise.all(calls);
        same(new Set(sums).size, 100, "different sums");
        same(await plugin.call.total(), 100, "the total");
      });
    },
  },
  {
    id: "probation",
    title: "probation: a trap rolls back, nothing is lost",
    run: (env) => rolledBack(env, (plugin) => plugin.call.trap()),
  },
  {
    id: "overflow",
    title: "probation: a stack overflow rolls back",
    run: (env) => rolledBack(env, (plugin) => plugin.call.deep(TOO_DEEP)),
  },
  {
    id: "rollback",
    title: "a rollback by hand, with the calls since",
    async run({ read }) {
      await withPlugin(Ledger, await read("first"), {}, async (plugin) => {
        await plugin.swap(await read("second"), { probation: { calls: 1000 } });
        await plugin.call.add("a", 4);
        await plugin.rollback();
        same([plugin.version, await plugin.call.total()], ["1.0.0", 4], "after");
      });
    },
  },
  {
    id: "verify",
    title: "`verify` and `warm`, before a swap",
    async run({ read }) {
      await withPlugin(Ledger, await read("first"), {}, async (plugin) => {
        await plugin.call.add("a", 4);
        const warm = async (twin) => void (await twin.call.total());
        await plugin.swap(await read("second"), { verify: sameAnswers({ total: [[]] }), warm });
        const verify = () => {
          throw new Error("no");
        };
        same(await refused(plugin.swap(await read("second"), { verify })), "failed-verify", "the refusal");
        same([plugin.version, await plugin.call.total()], ["2.0.0", 4], "after");
      });
    },
  },
  {
    id: "mirror",
    title: "a mirror, which is given every call",
    async run({ read }) {
      await withPlugin(Ledger, await read("first"), {}, async (plugin) => {
        const mirror = await plugin.mirror(await read("second"));
        for (let i = 0; i < 10; i++) await plugin.call.add("a", 1);
        const { calls, differing } = await mirror.report();
        same([calls, differing], [10, 0], "what it saw");
        await mirror.close();
      });
    },
  },
  {
    id: "snapshot",
    title: "snapshots, into a later version too",
    async run({ read }) {
      const bytes = await withPlugin(Ledger, await read("first"), {}, async (plugin) => {
        await plugin.call.add("a", 7);
        return plugin.snapshot();
      });
      await withPlugin(Ledger, await read("second"), { state: bytes }, async (plugin) => {
        same([await plugin.call.total(), await plugin.call.names()], [7, ["a"]], "the state");
      });
      const damaged = bytes.slice();
      damaged[damaged.length - 20] ^= 255;
      same(
        await refused(load(Ledger, await read("second"), { state: damaged })),
        "bad-snapshot",
        "a damaged one",
      );
    },
  },
  {
    id: "response",
    title: "a module that comes as a streamed `Response`",
    async run({ read }) {
      const bytes = await read("first");
      const body = new ReadableStream({
        start(stream) {
          for (let at = 0; at < bytes.length; at += 1000) stream.enqueue(bytes.slice(at, at + 1000));
          stream.close();
        },
      });
      const response = new Response(body, { headers: { "content-type": "application/wasm" } });
      await withPlugin(Ledger, response, {}, async (plugin) =>
        same(await plugin.call.add("a", 1), 1, "a sum"),
      );
      const gone = new Response("gone", { status: 404 });
      same(await refused(load(Ledger, gone)), "not-found", "what is not there");
      same(
        await refused(load(Ledger, new Response(bytes.slice(0, 900)))),
        "invalid-module",
        "what broke off",
      );
    },
  },
  {
    id: "url",
    title: "a module by its address",
    async run({ url }) {
      await withPlugin(Ledger, url("first"), {}, async (plugin) =>
        same(await plugin.call.add("a", 1), 1, "a sum"),
      );
      same(await refused(load(Ledger, url("nothing"))), "not-found", "what is not there");
    },
  },
  {
    id: "grants",
    title: "what was not granted is refused; what was is asked",
    async run({ read }) {
      same(await refused(load(Asks, await read("asks"))), "missing-grant", "without a grant");
      const far = capability("test:engines/far@1.0.0", Far, () => ({ fetch: (name) => `near ${name}` }));
      await withPlugin(Asks, await read("asks"), { grant: [far] }, async (plugin) => {
        same(await plugin.call.ask("x"), "near x!", "the answer");
      });
    },
  },
  {
    id: "async-grants",
    title: "asynchronous grants, the plugin's thread suspended",
    async run({ read }) {
      const fetch = async (name) => {
        await later(5);
        return `far ${name}`;
      };
      const far = capability("test:engines/far@1.0.0", { fetch: { ...Far.fetch, async: true } }, () => ({
        fetch,
      }));
      await withPlugin(Asks, await read("asks"), { grant: [far] }, async (plugin) => {
        const asked = plugin.call.ask("x");
        await plugin.swap(await read("asks"));
        same(
          [await asked, await plugin.call.ask("y"), await plugin.call.times()],
          ["far x!", "far y!", 2],
          "answers",
        );
      });
    },
  },
  {
    id: "follow",
    title: "`follow`: versions are swapped in as they come",
    async run({ read }) {
      const [first, second] = [await read("first"), await read("second")];
      await withPlugin(Ledger, first, {}, async (plugin) => {
        await plugin.call.add("a", 1);
        const swapped = new Promise((resolve) => plugin.on("transition", resolve));
        const following = plugin.follow({
          current: async () => first,
          subscribe: (changed) => {
            setTimeout(() => changed(second), 5);
            return () => {};
          },
        });
        await swapped;
        same([plugin.version, await plugin.call.total()], ["2.0.0", 1], "after");
        following.close();
      });
    },
  },
  {
    id: "restart",
    title: "a restart after a trap, nothing lost",
    async run({ read }) {
      await withPlugin(Ledger, await read("second"), { afterTrap: "restart" }, async (plugin) => {
        await plugin.call.add("a", 2);
        same(await refused(plugin.call.trap()), "trapped", "the call that ended it");
        same(await plugin.call.add("b", 3), 5, "after");
      });
    },
  },
  {
    id: "fuel",
    title: "fuel: an endless loop ends",
    async run({ read }) {
      const options = { limits: { fuel: 1_000_000 }, afterTrap: "restart" };
      await withPlugin(Ledger, await read("first"), options, async (plugin) => {
        await plugin.call.add("a", 2);
        same(await refused(plugin.call.spin()), "out-of-fuel", "the call that ran away");
        same(await plugin.call.total(), 2, "after");
      });
    },
  },
  {
    id: "threads",
    title: '`isolation: "worker"`: a thread of its own, deadlines, swaps',
    async run({ read }) {
      const options = { isolation: "worker", limits: { deadline: 500 }, afterTrap: "restart" };
      await withPlugin(Ledger, await read("first"), options, async (plugin) => {
        await plugin.call.add("a", 2);
        await plugin.swap(await read("second"));
        same(await refused(plugin.call.spin()), "out-of-time", "the call that ran away");
        same([plugin.version, await plugin.call.add("b", 3)], ["2.0.0", 5], "after");
      });
    },
  },
  {
    id: "endless",
    title: "guests that never end, in each of their ten entries, near and apart",
    slow: true,
    async run({ read, endless: wanted }) {
      same(await endless(read), wanted, "how they ended");
    },
  },
  {
    id: "signatures",
    title: "signed modules (Ed25519)",
    async run({ read }) {
      const [{ privateKey, publicKey }, other] = [await newKeys(), await newKeys()];
      const signed = await sign(await read("first"), { key: privateKey });
      await withPlugin(Ledger, signed, { trust: { keys: [publicKey] } }, async (plugin) => {
        same(await plugin.call.add("a", 1), 1, "a sum");
      });
      const untrusted = load(Ledger, signed, { trust: { keys: [other.publicKey] } });
      same(await refused(untrusted), "untrusted", "another's");
    },
  },
  {
    id: "many-swaps",
    title: "hundreds of swaps, memory bounded",
    async run({ read, resident, swaps = 200 }) {
      const second = await read("second");
      await withPlugin(Ledger, second, {}, async (plugin) => {
        for (let i = 0; i < swaps / 4; i++) await plugin.swap(second);
        const before = resident?.() ?? 0;
        for (let i = 0; i < swaps; i++) {
          await plugin.swap(second);
          await plugin.call.add("a", 1);
          await later(1);
        }
        same(await plugin.call.total(), swaps, "the total");
        const grown = Math.round(((resident?.() ?? 0) - before) / 2 ** 20);
        // Each instance has a megabyte: engines collect them when they like to.
        if (grown > 400) throw new Error(`memory grew by ${grown} MiB over ${swaps} swaps`);
      });
    },
  },
];
