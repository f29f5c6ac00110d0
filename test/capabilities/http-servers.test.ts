/** Answers of servers, redirects and names: what a plugin gets of them, and what hostile ones come to. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer as createSecure } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { folder } from "../durable/folder.ts";
import { cert, key } from "./certificate.ts";
import { client, listening, raw, refusal, server } from "./servers.ts";

const CHILD = fileURLToPath(new URL("secure-child.ts", import.meta.url));

/** A name that is allowed to lead to this machine. */
const HERE = { privateAddresses: ["127.0.0.1"] };

describe("an answer", () => {
  it.each<[string, (text: string) => Buffer]>([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["Identity", Buffer.from],
  ])("in %s is decoded", async (encoding, encode) => {
    const { origin } = await server((_, response) => {
      response.writeHead(200, { "content-encoding": encoding, "x-kept": "1" }).end(encode("hällo"));
    });
    const { text, headers } = await client({ allow: [origin] })(origin);
    expect(text).toBe("hällo");
    expect([headers["x-kept"], headers["content-encoding"], headers["content-length"]]).toEqual([
      "1",
      undefined,
      undefined,
    ]);
  });

  it("with an encoding and no body is empty", async () => {
    const { origin } = await server((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": 0 }).end();
    });
    expect((await client({ allow: [origin] })(origin)).text).toBe("");
  });

  it("of exactly the limit is given", async () => {
    const { origin } = await server((_, response) => void response.end("x".repeat(1_000)));
    expect((await client({ allow: [origin], maxResponseBytes: 1_000 })(origin)).text.length).toBe(1_000);
    expect(await refusal(client({ allow: [origin], maxResponseBytes: 999 })(origin))).toBe(
      "too-large: found an answer of 1000 bytes or more, wanted at most 999 (maxResponseBytes)",
    );
  });
});

describe("a hostile server", () => {
  const bounds = { maxResponseBytes: 100_000, maxHeaderBytes: 8_192 };
  const ask = (origin: string, options: object = {}) =>
    refusal(client({ allow: [origin], ...bounds, ...options })(origin));

  it("that says how much will come is not read", async () => {
    const { origin } = await server((_, response) => {
      response.writeHead(200, { "content-length": 2 ** 40 }).write("x");
    });
    expect(await ask(origin)).toBe(
      `too-large: found an answer of ${2 ** 40} bytes or more, wanted at most 100000 (maxResponseBytes)`,
    );
  });

  it("that never ends is left at the limit, and its connection closed", async () => {
    let closed: () => void;
    const gone = new Promise<void>((done) => {
      closed = done;
    });
    const { origin } = await raw((socket) => {
      socket.on("close", () => closed());
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = () => {
        while (!socket.destroyed && socket.write("x".repeat(65_536)));
      };
      socket.on("drain", more);
      more();
    });
    expect(await ask(origin)).toMatch(/^too-large: found an answer of \d+ bytes or more/);
    await gone;
  });

  it.each<[string, (text: Buffer) => Buffer]>([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("with a bomb in %s is stopped at the limit", async (encoding, encode) => {
    const bomb = encode(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const { origin } = await server((_, response) => {
      response.writeHead(200, { "content-encoding": encoding }).end(bomb);
    });
    const before = process.memoryUsage().arrayBuffers;
    expect(await ask(origin)).toMatch(/^too-large: found a decoded answer of \d{6} bytes or more/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it("whose gzip decodes to nothing, for ever, is stopped too", async () => {
    const nothing = gzipSync("");
    const { origin } = await raw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n");
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.concat(Array<Buffer>(1_000).fill(nothing))));
      };
      socket.on("drain", more);
      more();
    });
    expect(await ask(origin)).toMatch(/^too-large: found an answer of \d+ bytes or more/);
  });

  it.each<[string, string, RegExp]>([
    [
      "a header that never ends",
      `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}`,
      /^too-large: found headers of more than 8192 bytes \(maxHeaderBytes\)$/,
    ],
    [
      "very many headers",
      `HTTP/1.1 200 OK\r\n${Array.from({ length: 9_000 }, (_, i) => `x${i}: y\r\n`).join("")}\r\n`,
      /^too-large: found headers of more than 8192 bytes/,
    ],
    [
      "no HTTP",
      "SSH-2.0-OpenSSH_9.0\r\n\r\n",
      /^malformed: 127\.0\.0\.1:\d+ answered what is no HTTP \(HPE_/,
    ],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxy",
      /^malformed: .* is no HTTP \(HPE_/,
    ],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      /^malformed: .* is no HTTP \(HPE_/,
    ],
    [
      "what is no gzip",
      "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
      /^malformed: .* is no HTTP \(Z_DATA_ERROR\)$/,
    ],
    [
      "half of a gzip",
      `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10\r\n\r\n${gzipSync("x").subarray(0, 10).toString("latin1")}`,
      /^malformed: .* is no HTTP \(Z_BUF_ERROR\)$/,
    ],
    [
      "gzip twice",
      "HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip\r\ncontent-length: 1\r\n\r\nx",
      /^malformed: found the content encoding gzip, gzip, wanted gzip, deflate or br$/,
    ],
    [
      "less than it announced",
      "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx",
      /^unreachable: 127\.0\.0\.1:\d+ did not answer \(ECONNRESET\)$/,
    ],
    ["nothing", "", /^unreachable: 127\.0\.0\.1:\d+ did not answer \(ECONNRESET\)$/],
    [
      "another protocol",
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
      /^(unreachable|malformed): /,
    ],
  ])("that answers %s", async (_, text, error) => {
    const { origin } = await raw((socket) => void socket.end(Buffer.from(text, "latin1")));
    expect(await ask(origin)).toMatch(error);
  });

  it.each<[string, string]>([
    ["says nothing", ""],
    ["stops in its headers", "HTTP/1.1 200 OK\r\nx-slow: "],
    ["stops in its body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx"],
    ["stops in its gzip", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b"],
    [
      "says that it goes on, again and again",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
    ],
  ])("that %s has its time", async (_, text) => {
    const { origin } = await raw((socket) => void socket.write(Buffer.from(text, "latin1")));
    expect(await ask(origin, { timeout: 50 })).toBe("timed-out: found no answer within 50 ms (timeout)");
  });

  it("answers headers that are clean, whatever their bytes", async () => {
    const { origin } = await raw(
      (socket) =>
        void socket.end(Buffer.from("HTTP/1.1 200 OK\r\nX-Odd: \xe4\xff\r\nX-Odd: 2\r\n\r\n", "latin1")),
    );
    expect((await client({ allow: [origin] })(origin)).headers["x-odd"]).toBe("2");
  });
});

describe("redirects", () => {
  /** A server by its paths. */
  async function site(
    paths: Readonly<Record<string, readonly [status: number, location: string]>>,
    hits: string[],
  ) {
    return server((request, response) => {
      const { method, url = "", headers } = request;
      hits.push(
        [method, url, headers.authorization ?? "-", headers["x-key"] ?? "-", headers.accept ?? "-"].join(" "),
      );
      const [status, location] = paths[url] ?? [200, ""];
      if (location !== "") response.setHeader("location", location);
      request.on("data", (chunk) => hits.push(`body ${chunk}`));
      request.on("end", () => response.writeHead(status).end(`at ${url}`));
    });
  }

  it("are followed within the allow list, and end where they lead", async () => {
    const { origin } = await site({ "/a": [302, "b?c"], "/b?c": [301, "/d#e"] }, []);
    expect(await client({ allow: [origin] })(`${origin}/a`)).toMatchObject({
      url: `${origin}/d`,
      text: "at /d",
    });
  });

  it("are not followed out of it", async () => {
    const hits: string[] = [];
    const other = await site({}, hits);
    const { origin } = await site(
      { "/a": [302, other.origin], "/b": [307, "//evil.com/"], "/c": [301, "file:///x"] },
      [],
    );
    const send = client({ allow: [origin] });
    expect(await refusal(send(`${origin}/a`))).toBe(
      `denied: found ${other.origin}, which the host does not allow (allow)`,
    );
    expect(await refusal(send(`${origin}/b`))).toBe(
      "denied: found http://evil.com, which the host does not allow (allow)",
    );
    expect(await refusal(send(`${origin}/c`))).toMatch(
      /^malformed: .* sends on to a URL that cannot be read$/,
    );
    expect(hits).toEqual([]);
  });

  it.each([
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:169.254.169.254]/",
    "http://2852039166/",
    "http://localhost/",
  ])("are not followed to %s", async (location) => {
    const { origin } = await site({ "/": [302, location] }, []);
    expect(await refusal(client({ allow: [origin] })(origin))).toMatch(/^denied: found http:/);
  });

  it("are not followed with a user in them", async () => {
    const { host, origin } = await site({ "/": [302, "http://u:p@HOST/"] }, []);
    const { origin: first } = await site({ "/": [302, `http://u:p@${host}/`] }, []);
    expect(await refusal(client({ allow: [first, origin] })(first))).toBe(
      "denied: found a URL with a user or a password in it",
    );
  });

  it("are counted", async () => {
    const hits: string[] = [];
    const { origin } = await site({ "/": [302, "/"] }, hits);
    expect(await refusal(client({ allow: [origin] })(origin))).toBe(
      "denied: found more than 5 redirects (redirects)",
    );
    expect(hits.length).toBe(6);
    expect(await refusal(client({ allow: [origin], redirects: 1 })(origin))).toContain(
      "more than 1 redirects",
    );
  });

  it("are the plugin's own with 0", async () => {
    const { origin } = await site({ "/": [302, "http://evil.com/"] }, []);
    expect(await client({ allow: [origin], redirects: 0 })(origin)).toMatchObject({
      status: 302,
      headers: { location: "http://evil.com/" },
      text: "at /",
    });
  });

  it("take nothing secret to another origin, and the host's own headers only where they belong", async () => {
    const hits: string[] = [];
    const second = await site({}, hits);
    const first = await site({ "/": [302, `${second.origin}/x`], "/same": [302, "/y"] }, hits);
    const allow = [{ origin: first.origin, headers: { "x-key": "first" } }, second.origin];
    const headers = [
      ["authorization", "Bearer plugin"],
      ["accept", "text/a"],
    ] as const;
    const send = client({ allow });
    await send(first.origin, { headers });
    await send(`${first.origin}/same`, { headers });
    expect(hits).toEqual([
      "GET / Bearer plugin first text/a",
      "GET /x - - text/a",
      "GET /same Bearer plugin first text/a",
      "GET /y Bearer plugin first text/a",
    ]);
  });

  it.each<[status: number, method: string, hits: readonly string[]]>([
    [301, "POST", ["GET /to"]],
    [302, "POST", ["GET /to"]],
    [303, "POST", ["GET /to"]],
    [303, "PUT", ["GET /to"]],
    [302, "PUT", ["PUT /to", "body x"]],
    [307, "POST", ["POST /to", "body x"]],
    [308, "PUT", ["PUT /to", "body x"]],
  ])("of %i change %s as they do in browsers", async (status, method, after) => {
    const hits: string[] = [];
    const { origin } = await site({ "/": [status, "/to"] }, hits);
    const send = client({ allow: [origin], methods: ["GET", "POST", "PUT"] });
    await send(origin, { method, body: "x", headers: [["content-type", "text/plain"]] });
    expect(hits.map((hit) => hit.replace(" - - -", ""))).toEqual([`${method} /`, "body x", ...after]);
  });

  it("cannot make a method of one that is not allowed", async () => {
    const { origin } = await site({ "/": [303, "/to"] }, []);
    expect(await refusal(client({ allow: [origin], methods: ["POST"] })(origin, { method: "POST" }))).toBe(
      "denied: found the method GET, wanted POST (methods)",
    );
  });

  it("cannot take a body to another origin", async () => {
    const hits: string[] = [];
    const second = await site({}, hits);
    const first = await site({ "/": [307, second.origin] }, []);
    const send = client({ allow: [first.origin, second.origin], methods: ["POST"] });
    expect(await refusal(send(first.origin, { method: "POST", body: "secret" }))).toBe(
      `denied: ${first.host} sends on to ${second.host}, which must not get the same body`,
    );
    expect(hits).toEqual([]);
  });
});

describe("names", () => {
  const here = () => server((request, response) => void response.end(`${request.headers.host}`));
  const allowed = (port: number) => ({ allow: [`http://api.example.com:${port}`] });

  it("are sent to the address that was looked at, which is asked for once", async () => {
    const { port } = await here();
    let asked = 0;
    // A name whose next answer would be another one.
    const rebinding = async () => (asked++ === 0 ? ["127.0.0.1"] : ["169.254.169.254"]);
    const send = client({ ...allowed(port), ...HERE }, rebinding);
    expect((await send(`http://api.example.com:${port}/`)).text).toBe(`api.example.com:${port}`);
    expect(asked).toBe(1);
    // With the next request it is, and that is refused.
    expect(await refusal(send(`http://api.example.com:${port}/`))).toBe(
      "denied: api.example.com leads to a private address, which the host does not allow (privateAddresses)",
    );
  });

  it.each([
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "fe80::1%lo",
    "0.0.0.0",
  ])("that lead to %s are refused", async (address) => {
    const { port } = await here();
    const send = client(allowed(port), async () => [address]);
    expect(await refusal(send(`http://api.example.com:${port}/`))).toMatch(
      /^denied: api\.example\.com leads to /,
    );
  });

  it("that lead to good and bad addresses are sent to the good ones", async () => {
    const { port } = await here();
    const send = client({ ...allowed(port), ...HERE }, async () => [
      "169.254.169.254",
      "10.0.0.1",
      "127.0.0.1",
    ]);
    expect((await send(`http://api.example.com:${port}/`)).status).toBe(200);
  });

  it("of several addresses are tried in turn, until one is connected to", async () => {
    const { port } = await here();
    const privateAddresses = ["127.0.0.0/8"];
    const send = client({ ...allowed(port), privateAddresses }, async () => ["127.0.0.2", "127.0.0.1"]);
    expect((await send(`http://api.example.com:${port}/`)).status).toBe(200);
  });

  it("that are not found are told by their code", async () => {
    const fail = async () => {
      throw Object.assign(new Error("secret"), { code: "ENOTFOUND" });
    };
    expect(await refusal(client(allowed(1), fail)("http://api.example.com:1/"))).toBe(
      "unreachable: api.example.com was not found (ENOTFOUND)",
    );
    expect(await refusal(client(allowed(1), async () => [])("http://api.example.com:1/"))).toBe(
      "unreachable: api.example.com has no address",
    );
  });

  it("whose resolver never answers have their time", async () => {
    const never = () => new Promise<string[]>(() => {});
    expect(await refusal(client({ ...allowed(1), timeout: 20 }, never)("http://api.example.com:1/"))).toBe(
      "timed-out: found no answer within 20 ms (timeout)",
    );
  });

  it("of localhost lead to this machine, by the system's own resolver", async () => {
    const { port } = await here();
    const send = client({ allow: [`http://localhost:${port}`] });
    expect((await send(`http://localhost:${port}/`)).text).toBe(`localhost:${port}`);
  });

  it("stand in a certificate, which is compared with the name and not with the address", async () => {
    const made = createSecure({ key, cert }, (request, response) => void response.end(request.headers.host));
    const { port } = await listening(made);
    const allow = [`https://api.example.com:${port}`];
    const send = client({ allow, ...HERE }, async () => ["127.0.0.1"]);
    // Nobody whom this process trusts has signed it.
    expect(await refusal(send(`https://api.example.com:${port}/`))).toBe(
      `unreachable: api.example.com:${port} did not answer (DEPTH_ZERO_SELF_SIGNED_CERT)`,
    );
    const trusted = join(folder(), "cert.pem");
    writeFileSync(trusted, cert);
    const sources = `--import=${new URL("../sources.mjs", import.meta.url).href}`;
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted, VITEST: undefined };
    const child = [sources, "--conditions=moult-source", CHILD, `${port}`];
    const { stdout } = await promisify(execFile)(process.execPath, child, { env });
    expect(stdout.trim().split("\n")).toEqual([
      `api.example.com:${port}`,
      `unreachable: other.example.com:${port} did not answer (ERR_TLS_CERT_ALTNAME_INVALID)`,
    ]);
  });
});

describe("requests at a time", () => {
  it("are counted, whoever makes them, and room is made when one ends", async () => {
    const waiting: (() => void)[] = [];
    let arrived: () => void = () => {};
    const { origin } = await server((request, response) => {
      waiting.push(() => response.end(request.url));
      arrived();
    });
    const send = client({ allow: [origin], concurrent: 2 });
    const both = new Promise<void>((done) => {
      arrived = () => waiting.length === 2 && done();
    });
    const sent = [send(`${origin}/1`), send(`${origin}/2`)];
    expect(await refusal(send(`${origin}/3`))).toBe(
      "busy: found 2 requests under way, wanted at most 2 (concurrent)",
    );
    await both;
    for (const answer of waiting.splice(0)) answer();
    await Promise.all(sent);
    const last = send(`${origin}/4`);
    arrived = () => waiting.splice(0)[0]!();
    expect((await last).text).toBe("/4");
    // One that is refused takes no room.
    for (let i = 0; i < 3; i++) expect(await refusal(send("http://evil.com/"))).toContain("denied: ");
  });

  it("end with their generation, and so do their connections", async () => {
    let arrived: () => void;
    let closed: () => void;
    const there = new Promise<void>((done) => {
      arrived = done;
    });
    const gone = new Promise<void>((done) => {
      closed = done;
    });
    const { origin } = await server((request) => {
      request.socket.on("close", () => closed());
      arrived();
    });
    const controller = new AbortController();
    const sent = refusal(client({ allow: [origin] }, undefined, controller.signal)(origin));
    await there;
    controller.abort();
    expect(await sent).toBe("closed: the plugin is being closed");
    await gone;
    expect(await refusal(client({ allow: [origin] }, undefined, controller.signal)(origin))).toBe(
      "closed: the plugin is being closed",
    );
  });
});
