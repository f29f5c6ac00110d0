/** A plugin that sends requests: what crosses, and that no request is sent twice. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { http } from "../../host/capabilities/mod.ts";
import { contract, type Grant, load } from "../../host/mod.ts";
import { refused } from "../faults/guest.ts";
import { module } from "./keeper.ts";
import { server } from "./servers.ts";

const Caller = contract("test:capabilities/keeper@1", {
  get: { params: [z.string()], returns: z.string() },
  post: { params: [z.string(), z.string()], returns: z.string() },
  send: { params: [z.string(), z.string(), z.string(), z.string()], returns: z.string() },
});

const able = "Suspending" in WebAssembly;

/** Answers with the number of the request. */
async function counting() {
  const hits: string[] = [];
  const { origin } = await server(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    hits.push(`${request.method} ${request.url} ${body}`);
    response.setHeader("content-type", "text/plain").end(`${hits.length}`);
  });
  return { hits, origin, grant: [http({ allow: [origin], methods: ["GET", "POST", "PUT"] })] };
}

it.skipIf(able)("is refused where the engine cannot suspend it", async () => {
  expect(await refused(load(Caller, await module("caller"), { grant: [http({ allow: [] })] }))).toBe(
    "[no-suspension] could not load caller 1.0.0: moult:http/client@1.0.0 answers later, and this engine cannot suspend a plugin (it has no WebAssembly.Suspending)",
  );
});

// In this thread an engine has to be able to suspend it: `npx -p node@24 vitest run test/capabilities`.
describe.each(able ? (["none", "worker"] as const) : (["worker"] as const))(
  "a plugin that sends (isolation: %s)",
  (isolation) => {
    const caller = async (grant: readonly Grant[]) =>
      load(Caller, await module("caller"), { grant, isolation });

    it("gets what there is, or an error as a value", async () => {
      const { hits, origin, grant } = await counting();
      await using plugin = await caller(grant);
      expect(await plugin.call.get(`${origin}/a`)).toBe("200 text/plain 1");
      expect(await plugin.call.post(`${origin}/b`, "häuser")).toBe("200 text/plain 2");
      expect(await plugin.call.send("PUT", `${origin}/c`, "X-One", "1")).toBe("200 text/plain 3");
      expect(await plugin.call.get("https://evil.com/")).toBe(
        "denied: found https://evil.com, which the host does not allow (allow)",
      );
      expect(await plugin.call.send("PUT", `${origin}/c`, "Cookie", "1")).toMatch(
        /^denied: found the header cookie/,
      );
      expect(hits).toEqual(["GET /a ", "POST /b häuser", "PUT /c hello"]);
    });

    it("and is rolled back, sent once", async () => {
      const { hits, origin, grant } = await counting();
      await using plugin = await caller(grant);
      await plugin.swap(await module("caller", "2.0.0"), { probation: { calls: 100 } });
      expect(await plugin.call.get(`${origin}/a`)).toBe("200 text/plain 1");
      expect(await plugin.rollback()).toMatchObject({ replayed: { calls: 1, divergences: 0 } });
      expect(hits).toEqual(["GET /a "]);
    });

    it("sends nothing as a twin that is looked at, and nothing in a mirror", async () => {
      const { hits, origin, grant } = await counting();
      await using plugin = await caller(grant);
      const verify = async (twin: { readonly call: (typeof plugin)["call"] }) => {
        expect(await twin.call.get(origin)).toBe(
          "moult:http/client@1.0.0#send has an effect, which is refused before the cutover",
        );
      };
      await plugin.swap(await module("caller", "2.0.0"), { verify });
      const mirror = await plugin.mirror(await module("caller", "3.0.0"));
      expect(await plugin.call.get(`${origin}/a`)).toBe("200 text/plain 1");
      expect(await mirror.report()).toEqual({ calls: 1, compared: 1, differing: 0 });
      mirror.close();
      expect(hits).toEqual(["GET /a "]);
    });

    it("ends its requests when it is closed", async () => {
      let arrived: () => void;
      const there = new Promise<void>((done) => {
        arrived = done;
      });
      const { origin } = await server(() => arrived());
      const plugin = await caller([http({ allow: [origin] })]);
      const answer = plugin.call.get(origin);
      await there;
      const closed = plugin.close();
      expect(await answer).toBe("closed: the plugin is being closed");
      await closed;
    });
  },
);
