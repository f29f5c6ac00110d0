/** Where modules may come from, near real servers on this machine. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type LoadOptions, load } from "../../host/mod.ts";
import { rulesOf } from "../../host/trust/sources.ts";
import { Counter, failure, guest, refused } from "../faults/guest.ts";

let wasm: Uint8Array;
let home: URL;
let away: URL;
const servers: Server[] = [];
/** What the second server was asked. */
const asked: IncomingMessage[] = [];

const routes: Readonly<Record<string, RequestListener>> = {
  "/counter.wasm": (_, response) => void response.end(wasm),
  "/moved.wasm": (_, response) => void response.writeHead(302, { location: "/counter.wasm" }).end(),
  "/twice.wasm": (_, response) => void response.writeHead(308, { location: "/moved.wasm" }).end(),
  "/away.wasm": (_, response) =>
    void response.writeHead(307, { location: new URL("/counter.wasm", away).href }).end(),
  "/round.wasm": (_, response) => void response.writeHead(301, { location: "/round.wasm" }).end(),
  "/file.wasm": (_, response) => void response.writeHead(302, { location: "file:///etc/hostname" }).end(),
  "/nowhere.wasm": (_, response) => void response.writeHead(302, { location: "http://[" }).end(),
  "/not-modified.wasm": (_, response) => void response.writeHead(304).end(),
  "/private.wasm": ({ headers }, response) =>
    void (
      headers.authorization
        ? response.writeHead(302, { location: "/private-too.wasm" })
        : response.writeHead(401)
    ).end(),
  "/private-too.wasm": ({ headers }, response) =>
    void (headers.authorization ? response.end(wasm) : response.writeHead(401).end()),
};

async function serve(listen: RequestListener): Promise<URL> {
  const server = createServer(listen);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

beforeAll(async () => {
  wasm = await guest("counter");
  home = await serve((request, response) => routes[request.url ?? ""]?.(request, response));
  away = await serve((request, response) => {
    asked.push(request);
    response.end(wasm);
  });
});
afterAll(() => {
  for (const server of servers) server.close();
});
afterEach(() => {
  vi.unstubAllGlobals();
  asked.length = 0;
});

const at = (path: string) => new URL(path, home);
const fixed = (message: string) => message.replaceAll(home.host, "home").replaceAll(away.host, "away");
const from = (path: string, sources?: LoadOptions["sources"]) =>
  load(Counter, at(path), { ...(sources && { sources }) });
const taken = async (loading: ReturnType<typeof from>) => {
  await using plugin = await loading;
  return plugin.call.add(1);
};

describe("redirects", () => {
  test("are followed where that is said, as many as there are up to twenty", async () => {
    expect(await taken(from("/moved.wasm", { redirects: true }))).toBe(1);
    expect(await taken(from("/twice.wasm", { redirects: true }))).toBe(1);
    expect(fixed(await refused(from("/round.wasm", { redirects: true })))).toBe(
      "[unavailable] could not read http://home/round.wasm: it redirects more than 20 times",
    );
  });

  test("are refused otherwise, and nothing is asked of where they lead", async () => {
    expect(fixed(await refused(from("/away.wasm")))).toBe(
      "[forbidden-source] could not read http://home/away.wasm: the server redirects to http://away/counter.wasm; give that URL, or say sources: { redirects: true } to follow it",
    );
    expect(asked).toEqual([]);
    expect((await failure(from("/moved.wasm", { redirects: false }))).code).toBe("forbidden-source");
  });

  test("lead to no other host than is allowed", async () => {
    const sources = { schemes: ["http"], hosts: [home.host], redirects: true };
    expect(await taken(from("/moved.wasm", sources))).toBe(1);
    expect(fixed(await refused(from("/away.wasm", sources)))).toBe(
      "[forbidden-source] could not read http://away/counter.wasm: redirected from http://home/away.wasm; found the host away, wanted home (the option sources)",
    );
    expect(asked).toEqual([]);
    expect(await taken(from("/away.wasm", { ...sources, hosts: [home.host, away.host] }))).toBe(1);
  });

  test("lead to no file, and nowhere that is none", async () => {
    expect(fixed(await refused(from("/file.wasm", { redirects: true })))).toBe(
      "[forbidden-source] could not read http://home/file.wasm: the server redirects to file:///hostname, which is not http or https",
    );
    expect(fixed(await refused(from("/nowhere.wasm", { redirects: true })))).toBe(
      "[unavailable] could not read http://home/nowhere.wasm: the server redirects to what is no URL",
    );
    expect((await failure(from("/not-modified.wasm"))).code).toBe("unavailable");
  });

  test("take a user and a password to the same server, and to no other", async () => {
    const secret = (path: string) => Object.assign(at(path), { username: "ann", password: "p" });
    const options = { sources: { redirects: true } };
    expect(await taken(load(Counter, secret("/private.wasm"), options))).toBe(1);
    expect(await taken(load(Counter, secret("/away.wasm"), options))).toBe(1);
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("are refused in a swap too, by what load was told", async () => {
    await using plugin = await load(Counter, wasm, {
      sources: { schemes: ["http"], hosts: [home.host], redirects: true },
    });
    await plugin.swap(at("/moved.wasm"));
    expect(fixed(await refused(plugin.swap(at("/away.wasm"))))).toMatch(
      /^\[forbidden-source\] .*; version 1\.0\.0 still serves$/,
    );
    expect(fixed(await refused(plugin.mirror(new URL("/counter.wasm", away))))).toBe(
      "[forbidden-source] could not read http://away/counter.wasm: found the host away, wanted home (the option sources)",
    );
  });

  test("from https to http are refused, unless schemes say it", async () => {
    const secure = new URL("https://plugins.example.org/a.wasm");
    const answers = (location: string) =>
      vi.stubGlobal("fetch", async (url: URL) =>
        url.protocol === "https:"
          ? new Response(null, { status: 302, headers: { location } })
          : new Response(wasm.slice()),
      );
    answers("http://plugins.example.org/b.wasm");
    expect(await refused(load(Counter, secure, { sources: { redirects: true } }))).toBe(
      '[forbidden-source] could not read https://plugins.example.org/a.wasm: the server redirects to http://plugins.example.org/b.wasm, from https to http; say schemes: ["https", "http"] to allow it',
    );
    expect(
      await taken(load(Counter, secure, { sources: { schemes: ["http", "https"], redirects: true } })),
    ).toBe(1);
  });
});

describe("in a browser, which does not say where a redirect leads", () => {
  /** As browsers answer. */
  const browser = (last: string) => {
    const modes: unknown[] = [];
    vi.stubGlobal("fetch", async (_: URL, { redirect }: RequestInit) => {
      modes.push(redirect);
      if (redirect !== "follow")
        return Object.defineProperties(new Response(null), {
          type: { value: "opaqueredirect" },
          ok: { value: false },
          status: { value: 0 },
        });
      return Object.defineProperties(new Response(wasm.slice()), {
        url: { value: last },
        redirected: { value: true },
      });
    });
    return modes;
  };
  const url = new URL("https://plugins.example.org/a.wasm");

  test("it is refused, and that is said", async () => {
    expect(browser("")).toEqual([]);
    expect(await refused(load(Counter, url))).toBe(
      "[forbidden-source] could not read https://plugins.example.org/a.wasm: the server redirects, and a browser does not say where; say sources: { redirects: true } to follow it",
    );
  });

  test("the last URL is looked at", async () => {
    const sources = { hosts: ["*.example.org"], redirects: true };
    expect(browser("https://cdn.example.org/b.wasm")).toEqual([]);
    expect(await taken(load(Counter, url, { sources }))).toBe(1);
    browser("https://example.com/b.wasm");
    expect(await refused(load(Counter, url, { sources }))).toBe(
      "[forbidden-source] could not read https://example.com/b.wasm: redirected from https://plugins.example.org/a.wasm; found the host example.com, wanted *.example.org (the option sources)",
    );
    browser("http://cdn.example.org/b.wasm");
    expect(await refused(load(Counter, url, { sources }))).toContain("from https to http");
  });
});

describe("schemes and hosts", () => {
  const admits = (url: string, sources: LoadOptions["sources"]) => {
    try {
      rulesOf(sources).admit(new URL(url));
      return true;
    } catch {
      return false;
    }
  };

  test.each([
    ["https://a.example.org/x", { hosts: ["a.example.org"] }, true],
    ["https://A.Example.org:443/x", { hosts: ["a.example.org"] }, true],
    ["http://a.example.org/x", { hosts: ["a.example.org"] }, false],
    ["http://a.example.org/x", { hosts: ["a.example.org"], schemes: ["http:"] }, true],
    ["https://a.example.org:8443/x", { hosts: ["a.example.org"] }, false],
    ["https://a.example.org:8443/x", { hosts: ["a.example.org:8443"] }, true],
    ["https://a.example.org/x", { hosts: ["a.example.org:443"] }, true],
    ["https://b.a.example.org/x", { hosts: ["*.example.org"] }, true],
    ["https://example.org/x", { hosts: ["*.example.org"] }, false],
    ["https://evilexample.org/x", { hosts: ["*.example.org", "example.org"] }, false],
    ["https://a.example.org.evil.net/x", { hosts: ["a.example.org"] }, false],
    ["https://a.example.org@evil.net/x", { hosts: ["a.example.org"] }, false],
    ["https://a.example.org./x", { hosts: ["a.example.org"] }, false],
    ["https://b\u00fccher.example/x", { hosts: ["b\u00fccher.example"] }, true],
    ["https://[::1]:8080/x", { hosts: ["[::1]:8080"] }, true],
    ["https://127.0.0.1/x", { hosts: ["0x7f.1"] }, true],
    ["file:///x", { hosts: ["a.example.org"] }, false],
    ["file:///x", { hosts: ["a.example.org"], schemes: ["https", "file"] }, true],
    ["data:,x", { schemes: ["https"] }, false],
    ["blob:https://a.example.org/1", { hosts: ["a.example.org"] }, false],
    ["HTTPS://a.example.org/x", { schemes: ["HTTPS"] }, true],
    ["ftp://a.example.org/x", {}, true],
  ] as const)("%s under %o: %s", (url, sources, admitted) => {
    expect(admits(url, sources)).toBe(admitted);
  });

  test("that are not allowed are named, before anything is asked", async () => {
    const sources = { hosts: ["plugins.example.org", "localhost:8080"] };
    expect(fixed(await refused(from("/counter.wasm", sources)))).toBe(
      "[forbidden-source] could not read http://home/counter.wasm: found the scheme http:, wanted https: (the option sources)",
    );
    expect(await refused(load(Counter, new URL("https://example.org/a?secret"), { sources }))).toBe(
      "[forbidden-source] could not read https://example.org/a?…: found the host example.org, wanted plugins.example.org or localhost:8080 (the option sources)",
    );
  });

  test("of a response are those that it came from, and bytes come from nowhere", async () => {
    const sources = { hosts: ["plugins.example.org"] };
    expect(fixed(await refused(load(Counter, await fetch(at("/moved.wasm")), { sources })))).toBe(
      "[forbidden-source] could not read http://home/counter.wasm: after a redirect, found the scheme http:, wanted https: (the option sources)",
    );
    expect(await taken(load(Counter, wasm, { sources }))).toBe(1);
    expect(await taken(load(Counter, new Response(wasm.slice()), { sources }))).toBe(1);
  });

  test("hold for signatures too", async () => {
    const options = {
      sources: { hosts: ["plugins.example.org"] },
      trust: { keys: [`${"00".repeat(31)}07`] },
    };
    expect(fixed(await refused(load(Counter, wasm, { ...options, signature: at("/a.sig") })))).toContain(
      "[forbidden-source] could not read http://home/a.sig",
    );
  });

  test.each([
    [null, "sources: found null, wanted an object, or undefined"],
    [7, "sources: found number 7, wanted an object, or undefined"],
    [{ host: [] }, 'sources: found string "host", wanted schemes, hosts, redirects and nothing else'],
    [
      { hosts: "a.example.org" },
      'sources.hosts: found string "a.example.org", wanted a list of one or more texts, or undefined for any',
    ],
    [
      { hosts: [] },
      "sources.hosts: found an array of 0, wanted a list of one or more texts, or undefined for any",
    ],
    [
      { hosts: ["https://a.example.org"] },
      'sources.hosts: found string "https://a.example.org", wanted hosts, such as plugins.example.org, *.example.org or localhost:8080',
    ],
    [
      { hosts: ["*"] },
      'sources.hosts: found string "*", wanted hosts, such as plugins.example.org, *.example.org or localhost:8080',
    ],
    [
      { schemes: ["https://"] },
      'sources.schemes: found string "https://", wanted names of schemes, such as https',
    ],
    [{ redirects: "false" }, 'sources.redirects: found string "false", wanted true or false'],
  ])("are not %o", async (sources, message) => {
    expect(await refused(load(Counter, wasm, { sources: sources as never }))).toBe(
      `[argument] could not use ${message}`,
    );
  });
});
