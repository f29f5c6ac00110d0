/** Sources that are gone, slow, broken off, or no sources; near a real server on this machine. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load, type PluginError, type Source } from "../../host/mod.ts";
import { fileSource } from "../../host/node/mod.ts";
import { deferred } from "../host/swap/fake.ts";
import { Counter, failure, guest, refused, said } from "./guest.ts";

let wasm: Uint8Array;
let server: Server;
let root: string;
/** Told whenever the server has somebody hanging. */
let hanging = deferred();
/** Told when a connection to one of the large ones is let go. */
let ended = deferred();

const routes: Readonly<Record<string, RequestListener>> = {
  "/counter.wasm": (_, response) => void response.end(wasm),
  "/gone.wasm": (_, response) => void response.writeHead(410).end("gone"),
  "/broken.wasm": (_, response) => void response.writeHead(500).end("oh"),
  "/busy.wasm": (_, response) => void response.writeHead(503, "Come Back Later").end(),
  "/page.wasm": (_, response) => void response.end("<!doctype html>"),
  "/hanging.wasm": () => hanging.resolve(),
  "/hanging-body.wasm": (_, response) => {
    response.write(wasm.subarray(0, 100), () => hanging.resolve());
  },
  "/endless.wasm": (_, response) => {
    const more = (error?: Error | null) => {
      if (!error) response.write(new Uint8Array(65_536), more);
    };
    response.on("close", () => ended.resolve());
    more();
  },
  "/zeros.wasm": (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(gzipSync(new Uint8Array(10_000_000)));
  },
  "/large.wasm": (_, response) => {
    response.writeHead(200, { "content-length": 10_000_000 });
    response.on("close", () => ended.resolve());
    response.flushHeaders();
  },
  "/moved.wasm": (_, response) => void response.writeHead(302, { location: "/counter.wasm" }).end(),
  "/moved-to-a-file.wasm": (_, response) =>
    void response.writeHead(302, { location: "file:///etc/hostname" }).end(),
  "/private.wasm": ({ headers }, response) => {
    const { authorization = "" } = headers;
    if (Buffer.from(authorization.slice(6), "base64").toString() === "ann:p@ss") response.end(wasm);
    else response.writeHead(401).end();
  },
  "/truncated.wasm": (_, response) => {
    response.writeHead(200, { "content-length": wasm.length });
    response.write(wasm.subarray(0, 100), () => response.destroy());
  },
};

beforeAll(async () => {
  wasm = await guest("counter");
  server = createServer((request, response) => {
    const route = routes[(request.url ?? "").replace(/\?.*$/, "")];
    if (route) route(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const at = (path: string) => new URL(path, root);
/** The server's port changes, and so do an engine's words. */
const fixed = (message: string) =>
  message
    .replaceAll(root, "http://host")
    .replace(/(could not read \S+: )(fetch failed|terminated)\b.*?(?=$|; version)/, "$1(the engine's words)");

describe("a module that does not come over http", () => {
  const rows: readonly (readonly [what: string, path: string, message: string])[] = [
    [
      "is not found",
      "/nothing.wasm",
      "[not-found] could not read http://host/nothing.wasm: the server answered 404 Not Found",
    ],
    [
      "is gone",
      "/gone.wasm",
      "[not-found] could not read http://host/gone.wasm: the server answered 410 Gone",
    ],
    [
      "makes the server fail",
      "/broken.wasm",
      "[unavailable] could not read http://host/broken.wasm: the server answered 500 Internal Server Error",
    ],
    [
      "is to be asked for later",
      "/busy.wasm",
      "[unavailable] could not read http://host/busy.wasm: the server answered 503 Come Back Later",
    ],
    [
      "breaks off",
      "/truncated.wasm",
      "[unavailable] could not read http://host/truncated.wasm: (the engine's words)",
    ],
    [
      "is a page",
      "/page.wasm",
      "[not-wasm] could not load http://host/page.wasm: its 15 bytes do not begin as a WebAssembly module",
    ],
    [
      "never begins",
      "/hanging.wasm",
      "[deadline] could not read http://host/hanging.wasm: it did not arrive within 20 ms",
    ],
    [
      "never ends",
      "/hanging-body.wasm",
      "[deadline] could not read http://host/hanging-body.wasm: it did not arrive within 20 ms",
    ],
  ];
  for (const [what, path, message] of rows) {
    const timeout = message.startsWith("[deadline]") ? 20 : 10_000;
    test(`because it ${what}: load`, async () => {
      expect(fixed(await refused(load(Counter, at(path), { timeout })))).toBe(message);
    });
    test.skipIf(path === "/hanging.wasm")(`because it ${what}: load, from a response`, async () => {
      expect(fixed(await refused(load(Counter, await fetch(at(path)), { timeout })))).toBe(message);
    });
    test(`because it ${what}: swap, and the incumbent serves`, async () => {
      await using plugin = await load(Counter, at("/counter.wasm"));
      await plugin.call.add(3);
      const error = await failure(plugin.swap(at(path), { timeout }));
      const [, code, detail] = /^\[([a-z-]+)\] (.*)$/.exec(message) as unknown as [string, string, string];
      expect(fixed(said(error))).toBe(
        `[${code}] could not swap counter 1.0.0: ${detail}; version 1.0.0 still serves`,
      );
      expect(error.phase).toBe("prepare");
      expect(error.record).toMatchObject({ outcome: "refused", to: undefined, cause: { code } });
      expect(await plugin.call.value()).toBe(3);
    });
  }

  test("because nobody listens", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const message = await refused(load(Counter, new URL(`http://127.0.0.1:${port}/counter.wasm`)));
    expect(message.replaceAll(String(port), "1")).toBe(
      "[unavailable] could not read http://127.0.0.1:1/counter.wasm: fetch failed: connect ECONNREFUSED 127.0.0.1:1",
    );
  });

  test("because a response was read before", async () => {
    const response = new Response(wasm as Uint8Array<ArrayBuffer>);
    await response.arrayBuffer();
    expect(
      (await refused(load(Counter, response))).replace(/(a response: ).*/, "$1(the engine's words)"),
    ).toBe("[unavailable] could not read a response: (the engine's words)");
  });
});

describe("a source that brings more than it may is given up", () => {
  const most = 1_000_000;
  const wanted = `wanted at most ${most} (the option maxSourceBytes)`;

  test.each([
    ["/endless.wasm", `more than ${most}`],
    ["/zeros.wasm", `more than ${most}`],
    ["/large.wasm", "10000000"],
  ])("as soon as %s does", async (path, found) => {
    const message = `[too-large] could not read http://host${path}: found ${found} bytes, ${wanted}`;
    for (const source of [at(path), await fetch(at(path))]) {
      ended = deferred();
      expect(fixed(await refused(load(Counter, source, { maxSourceBytes: most })))).toBe(message);
      if (path !== "/zeros.wasm") await ended.promise;
    }
  });

  test("of bytes, buffers and files too", async () => {
    const { length } = wasm;
    const file = new URL("../../package-lock.json", import.meta.url);
    const { size } = statSync(file);
    const most = (found: string, from = "bytes") =>
      `[too-large] could not read ${from}: found ${found} bytes, wanted at most 10 (the option maxSourceBytes)`;
    const limit = { maxSourceBytes: 10 };
    expect(await refused(load(Counter, wasm, limit))).toBe(most(`${length}`));
    expect(await refused(load(Counter, wasm.slice().buffer, limit))).toBe(most(`${length}`));
    expect(await refused(load(Counter, file, limit))).toBe(most(`${size}`, "file:///package-lock.json"));
    expect(await refused(load(Counter, new Response(wasm.slice()), limit))).toBe(
      most("more than 10", "a response"),
    );
  });

  test.skipIf(process.platform === "win32")("of a file that has no end", async () => {
    expect(await refused(load(new URL("file:///dev/zero"), { maxSourceBytes: most }))).toBe(
      `[too-large] could not read file:///zero: found more than ${most} bytes, ${wanted}`,
    );
  });

  test("and one that brings just as much is not", async () => {
    const maxSourceBytes = wasm.length;
    for (const source of [wasm, at("/counter.wasm"), new Response(wasm.slice())]) {
      await using plugin = await load(Counter, source, { maxSourceBytes });
      expect(await plugin.call.add(1)).toBe(1);
      await plugin.swap(at("/counter.wasm"));
    }
  });

  test("in a swap too, by what load was told or the swap is", async () => {
    await using plugin = await load(Counter, wasm, { maxSourceBytes: wasm.length });
    const tail = "(the option maxSourceBytes); version 1.0.0 still serves";
    expect(fixed(await refused(plugin.swap(at("/endless.wasm"))))).toBe(
      `[too-large] could not swap counter 1.0.0: could not read http://host/endless.wasm: found more than ${wasm.length} bytes, wanted at most ${wasm.length} ${tail}`,
    );
    expect(await refused(plugin.swap(wasm, { maxSourceBytes: 8 }))).toContain(`wanted at most 8 ${tail}`);
    expect(await refused(plugin.mirror(at("/endless.wasm")))).toContain("[too-large]");
    await plugin.swap(wasm, { maxSourceBytes: Number.POSITIVE_INFINITY });
  });

  test.each([Number.NaN, -1, "1 MB", null])("and %o is no number of bytes", async (maxSourceBytes) => {
    expect(await refused(load(wasm, { maxSourceBytes: maxSourceBytes as number }))).toMatch(
      /^\[argument\] could not use maxSourceBytes: found .*, wanted bytes from 0 up, or Infinity for any number$/,
    );
  });
});

describe("what is secret about a URL", () => {
  const secret = (path: string) => {
    const url = at(`${path}?token=s3cret#s3cret`);
    url.username = "ann";
    url.password = "p@ss";
    return url;
  };
  const shown = (error: PluginError) => inspect(error, { depth: 10 });

  test("opens the door", async () => {
    await using plugin = await load(Counter, secret("/private.wasm"));
    expect(await plugin.call.add(1)).toBe(1);
  });

  test.each([
    ["/nothing.wasm", "not-found"],
    ["/broken.wasm", "unavailable"],
    ["/truncated.wasm", "unavailable"],
    ["/page.wasm", "not-wasm"],
    ["/hanging.wasm", "deadline"],
    ["/endless.wasm", "too-large"],
    ["/moved-to-a-file.wasm", "forbidden-source"],
  ])("is in no error and no record: %s", async (path, code) => {
    const options = { timeout: code === "deadline" ? 20 : 10_000, maxSourceBytes: 100_000 };
    await using plugin = await load(Counter, wasm);
    const url = secret(path);
    const errors = [await failure(load(Counter, url, options)), await failure(plugin.swap(url, options))];
    for (const error of errors) {
      expect(error.code).toBe(code);
      expect(error.message).toContain(`${root}${path}?…`);
      expect(shown(error)).not.toMatch(/s3cret|p@ss|p%40ss|ann:/);
    }
    expect(JSON.stringify(plugin.history())).not.toMatch(/s3cret|p@ss|p%40ss|ann:/);
  });

  test("is in no error about a text that should have been one", async () => {
    expect(await refused(load(secret("/a.wasm").href as never))).toBe(
      `[not-found] could not read a module: wanted a URL, bytes, a Response or a WebAssembly.Module, found the text "${root}/a.wasm?…"; use new URL("${root}/a.wasm?…", import.meta.url)`,
    );
  });
});

test("redirects are not followed, and no answer of their own is a module", async () => {
  expect(fixed(await refused(load(Counter, at("/moved.wasm"))))).toBe(
    "[forbidden-source] could not read http://host/moved.wasm: the server redirects to http://host/counter.wasm; give that URL, or say sources: { redirects: true } to follow it",
  );
  expect(await refused(load(Counter, await fetch(at("/moved.wasm"), { redirect: "manual" })))).toMatch(
    /^\[unavailable\] could not read .*: the server answered 302/,
  );
});

describe("a file", () => {
  test("that is not there is not found", async () => {
    expect(await refused(load(Counter, new URL("no-such.wasm", import.meta.url)))).toBe(
      "[not-found] could not read file:///no-such.wasm: there is no such file",
    );
  });

  test("that is a folder is unavailable", async () => {
    expect(await refused(load(Counter, new URL(".", import.meta.url)))).toMatch(
      /^\[unavailable\] could not read file:\/\/\S*: EISDIR/,
    );
  });

  test("that is no module says which", async () => {
    const url = new URL("../guests/faults/package.json", import.meta.url);
    expect(await refused(load(Counter, url))).toMatch(
      /^\[not-wasm\] could not load file:\/\/\/package\.json: its \d+ bytes do not begin as a WebAssembly module$/,
    );
  });
});

describe("what is no source is named", () => {
  const wanted =
    "[not-found] could not read a module: wanted a URL, bytes, a Response or a WebAssembly.Module, found";
  const rows: readonly (readonly [source: unknown, message: string])[] = [
    ["./a.wasm", `${wanted} the text "./a.wasm"; use new URL("./a.wasm", import.meta.url)`],
    [
      "C:\\x\\v1.wasm",
      `${wanted} the text "C:\\x\\v1.wasm"; use fileSource("C:\\\\x\\\\v1.wasm") of moult/node`,
    ],
    [
      "\\\\server\\share\\a#b.wasm",
      `${wanted} the text "\\\\server\\share\\a#b.wasm"; use fileSource("\\\\\\\\server\\\\share\\\\a#b.wasm") of moult/node`,
    ],
    [
      "/srv/a b#c/x%20.wasm",
      `${wanted} the text "/srv/a b?…"; use new URL("/srv/a b?…", import.meta.url), or for a path fileSource("/srv/a b?…") of moult/node`,
    ],
    [
      "plugins/100%.wasm",
      `${wanted} the text "plugins/100%.wasm"; use new URL("plugins/100%.wasm", import.meta.url), or for a path fileSource("plugins/100%.wasm") of moult/node`,
    ],
    [undefined, `${wanted} undefined`],
    [null, `${wanted} null`],
    [7, `${wanted} number 7`],
    [{}, `${wanted} an object`],
    [[], `${wanted} an array of 0`],
    [new Request("https://example.org/a.wasm?secret"), `${wanted} an object (Request)`],
  ];
  test.each(rows)("%s", async (source, message) => {
    expect(await refused(load(source as Source))).toBe(message);
    expect(await refused(load(Counter, source as Source))).toBe(message);
  });
});

test("a URL that no engine reads is not found, and a path with a drive in it says what to use", async () => {
  expect(await refused(load(new URL("C:\\plugins\\v1.wasm")))).toBe(
    '[not-found] could not read c:\\plugins\\v1.wasm: fetch failed: unknown scheme; use fileSource("c:\\\\plugins\\\\v1.wasm") of moult/node',
  );
  expect(await refused(load(new URL("C:/plugins/v1.wasm")))).toContain(
    'use fileSource("c:/plugins/v1.wasm")',
  );
  expect(await refused(load(new URL("ftp://example.org/v1.wasm")))).toMatch(
    /^\[not-found\] could not read ftp:\/\/example\.org\/v1\.wasm: /,
  );
});

test("what messages about paths advise finds the file", async () => {
  const own = mkdtempSync(join(tmpdir(), "moult-source-"));
  for (const name of ["a b#c.wasm", "100%20.wasm", ...(process.platform === "win32" ? [] : ["what?.wasm"])]) {
    writeFileSync(join(own, name), wasm);
    await using plugin = await load(Counter, fileSource(join(own, name)));
    expect(await plugin.call.value()).toBe(0);
  }
  rmSync(own, { recursive: true });
});

test("a source is waited for as long as it takes", async () => {
  const month = 30 * 24 * 3_600_000;
  for (const timeout of [month, Number.POSITIVE_INFINITY]) {
    await using plugin = await load(Counter, at("/counter.wasm"), { timeout });
    await plugin.swap(at("/counter.wasm"), { timeout });
    expect(await plugin.call.value()).toBe(0);
  }
  expect(await refused(load(at("/counter.wasm"), { timeout: Number.NaN }))).toBe(
    "[argument] could not use timeout: found number NaN, wanted milliseconds from 0 up, or Infinity for never",
  );
  for (const source of [wasm, at("/counter.wasm")]) {
    expect(await refused(load(source, { signal: 7 as never }))).toBe(
      "[argument] could not use signal: found number 7, wanted an AbortSignal",
    );
  }
});

test("a buffer that was transferred away is no module", async () => {
  const buffer = wasm.slice().buffer;
  structuredClone(buffer, { transfer: [buffer] });
  expect(await refused(load(buffer))).toMatch(/^\[not-wasm\] could not load bytes: its 0 bytes/);
});

test("a promise of a source is none, and nothing comes of its rejection", async () => {
  const promise = Promise.reject(new Error("nothing waits for this"));
  expect(await refused(load(promise as never))).toMatch(/, found a promise; await it first$/);
});

describe("a caller who gives up", () => {
  const gone = () => AbortSignal.abort(new Error("changed my mind"));

  test("before a load began, whatever the source is", async () => {
    const signal = gone();
    const message = "[aborted] could not read a module: the caller gave up";
    expect(await refused(load(Counter, wasm, { signal }))).toBe(message);
    expect(
      await refused(load(Counter, await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>), { signal })),
    ).toBe(message);
    expect(fixed(await refused(load(Counter, at("/counter.wasm"), { signal })))).toBe(
      "[aborted] could not read http://host/counter.wasm: the caller gave up",
    );
    const response = new Response(wasm as Uint8Array<ArrayBuffer>);
    expect(await refused(load(Counter, response, { signal }))).toBe(
      "[aborted] could not read a response: the caller gave up",
    );
  });

  for (const path of ["/hanging.wasm", "/hanging-body.wasm"]) {
    test(`while ${path} is on its way`, async () => {
      await using plugin = await load(Counter, at("/counter.wasm"));
      const caller = new AbortController();
      hanging = deferred();
      const swapped = failure(plugin.swap(at(path), { signal: caller.signal }));
      await hanging.promise;
      caller.abort("changed my mind");
      expect(fixed(said(await swapped))).toBe(
        `[aborted] could not swap counter 1.0.0: could not read http://host${path}: the caller gave up; version 1.0.0 still serves`,
      );
      expect(await plugin.call.add(1)).toBe(1);
    });
  }

  test("while verify looks", async () => {
    await using plugin = await load(Counter, wasm);
    const caller = new AbortController();
    const verify = () => {
      caller.abort("changed my mind");
      return new Promise<never>(() => {});
    };
    const error = await failure(plugin.swap(wasm, { signal: caller.signal, verify }));
    expect(said(error)).toBe(
      "[aborted] could not swap counter 1.0.0: the caller gave up during verify; version 1.0.0 still serves",
    );
    expect(error.phase).toBe("verify");
  });

  test("in verify's last moment, for a reason of any type", async () => {
    await using plugin = await load(Counter, wasm);
    for (const reason of [undefined, "text", 7, new TypeError("typed")]) {
      const caller = new AbortController();
      const verify = () => caller.abort(reason);
      expect(await refused(plugin.swap(wasm, { signal: caller.signal, verify }))).toBe(
        "[aborted] could not swap counter 1.0.0: the caller gave up during verify; version 1.0.0 still serves",
      );
    }
    expect(plugin.generation).toBe(1);
  });
});

test("bytes belong to the plugin from the call on: what the caller then does to them changes nothing", async () => {
  for (const bytes of [Buffer.from(wasm), Uint8Array.from(wasm), Uint8Array.from(wasm).buffer]) {
    const loading = load(Counter, bytes);
    new Uint8Array(bytes instanceof ArrayBuffer ? bytes : bytes.buffer, 0).fill(0);
    await using plugin = await loading;
    expect(await plugin.call.add(2)).toBe(2);
    const record = await plugin.swap(wasm);
    expect(record.from.digest).toBe(record.to?.digest);
  }
});
