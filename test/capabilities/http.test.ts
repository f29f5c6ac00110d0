/** What a plugin may send, and where. */
import { describe, expect, it } from "vitest";
import { type HttpOptions, http } from "../../host/capabilities/mod.ts";
import { refused } from "../faults/guest.ts";
import { client, type Listening, refusal, server } from "./servers.ts";

/** Answers what it was asked, as JSON. */
const echo = (): Promise<Listening> =>
  server(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url, headers } = request;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });

describe("a request", () => {
  it("is sent where it is allowed, as it is", async () => {
    const { origin, host } = await echo();
    const send = client({ allow: [origin], methods: ["GET", "POST", "DELETE"] });
    const { status, url, headers, text } = await send(`${origin}/a%20b?c=d#e`, {
      headers: [
        ["Accept", "text/plain"],
        ["X-One", "1"],
        ["x-one", "2"],
      ],
    });
    expect([status, url, headers["content-type"]]).toEqual([200, `${origin}/a%20b?c=d`, "application/json"]);
    expect(JSON.parse(text)).toEqual({
      method: "GET",
      url: "/a%20b?c=d",
      headers: {
        host,
        accept: "text/plain",
        "x-one": "1, 2",
        "accept-encoding": "gzip, deflate, br",
        connection: "close",
      },
      body: "",
    });
    const posted = JSON.parse((await send(origin, { method: "POST", body: "häuser" })).text);
    expect([posted.method, posted.body, posted.headers["content-length"]]).toEqual(["POST", "häuser", "7"]);
    const empty = JSON.parse((await send(origin, { method: "POST" })).text);
    expect([empty.body, empty.headers["content-length"]]).toEqual(["", "0"]);
    expect(JSON.parse((await send(origin, { method: "DELETE", body: "x" })).text).body).toBe("x");
  });

  it("gets any status as an answer", async () => {
    const { origin } = await server((_, response) => {
      response.writeHead(503, "not now", { "X-Why": "tired", "set-cookie": ["a=1", "b=2"] }).end("later");
    });
    expect(await client({ allow: [origin] })(origin)).toMatchObject({
      status: 503,
      headers: { "x-why": "tired" },
      text: "later",
    });
  });

  it("says to HEAD what there would be", async () => {
    const { origin } = await server((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": 5_000_000, etag: "x" }).end();
    });
    expect(await client({ allow: [origin] })(origin, { method: "HEAD" })).toMatchObject({
      status: 200,
      headers: { etag: "x" },
      text: "",
    });
  });

  it("has the headers of the host's own, which the plugin can neither see nor change", async () => {
    const { origin } = await echo();
    const other = await echo();
    const allow = [{ origin, headers: { Authorization: "Bearer secret" } }, other.origin];
    const send = client({ allow });
    const headers = [["authorization", "mine"]] as const;
    expect(JSON.parse((await send(origin, { headers })).text).headers.authorization).toBe("Bearer secret");
    expect(JSON.parse((await send(other.origin)).text).headers.authorization).toBeUndefined();
  });
});

describe("where a plugin may send", () => {
  const allow = [
    "https://api.example.com",
    "https://*.wild.example.com:8443",
    "http://plain.example.com",
    "http://127.0.0.1:1",
    "https://münchen.example",
  ];
  /** Every name is found, at an address where nobody is. */
  const send = client({ allow, privateAddresses: ["127.0.0.0/8"], timeout: 5_000 }, async () => [
    "127.255.255.254",
  ]);
  const denied = (origin: string) => `denied: found ${origin}, which the host does not allow (allow)`;

  it.each<[string, string]>([
    ["http://api.example.com/", "http://api.example.com"],
    ["https://api.example.com:444/", "https://api.example.com:444"],
    ["https://example.com/", "https://example.com"],
    ["https://api.example.com.evil.com/", "https://api.example.com.evil.com"],
    ["https://api.example.com./", "https://api.example.com."],
    ["https://evilapi.example.com/", "https://evilapi.example.com"],
    ["https://wild.example.com:8443/", "https://wild.example.com:8443"],
    ["https://a.wild.example.com/", "https://a.wild.example.com"],
    ["https://evilwild.example.com:8443/", "https://evilwild.example.com:8443"],
    ["https:\\\\evil.com\\@api.example.com/", "https://evil.com"],
    ["https://evil.com/https://api.example.com", "https://evil.com"],
    ["https://evil.com#https://api.example.com", "https://evil.com"],
    ["https://evil.com?@api.example.com", "https://evil.com"],
    ["http://2130706433/", "http://127.0.0.1"],
    ["http://0x7f.1:1/x", ""],
    ["http://017700000001/", "http://127.0.0.1"],
    ["http://127.1/", "http://127.0.0.1"],
    ["http://[::ffff:127.0.0.1]:1/", "http://[::ffff:7f00:1]:1"],
    ["http://[::1]/", "http://[::1]"],
    ["http://0/", "http://0.0.0.0"],
    ["http://169.254.169.254/latest/meta-data", "http://169.254.169.254"],
  ])("not to %s", async (url, origin) => {
    const error = await refusal(send(url));
    if (origin === "") expect(error).toBe("unreachable: 127.0.0.1:1 did not answer (ECONNREFUSED)");
    else expect(error).toBe(denied(origin));
  });

  it.each<[string, string]>([
    ["https://user@api.example.com/", "denied: found a URL with a user or a password in it"],
    ["https://:pass@api.example.com/", "denied: found a URL with a user or a password in it"],
    ["https://api.example.com@evil.com/", "denied: found a URL with a user or a password in it"],
    ["file:///etc/passwd", "invalid: found a URL that cannot be read"],
    ["ftp://api.example.com/", "invalid: found a URL that cannot be read"],
    ["javascript:alert(1)", "invalid: found a URL that cannot be read"],
    ["/path", "invalid: found a URL that cannot be read"],
    ["", "invalid: found a URL that cannot be read"],
    ["https://a b/", "invalid: found a URL that cannot be read"],
    [
      `https://api.example.com/${"x".repeat(8_192)}`,
      "invalid: found a URL of 8216 characters, wanted at most 8192",
    ],
  ])("nor to what is no address: %.40s", async (url, error) => {
    expect(await refusal(send(url))).toBe(error);
  });

  it.each([
    "https://api.example.com/x",
    "https://API.EXAMPLE.COM:443/x",
    "https://a.wild.example.com:8443/",
    "https://a.b.wild.example.com:8443/",
    "http://plain.example.com/",
    "https://xn--mnchen-3ya.example/",
  ])("but to %s", async (url) => {
    expect(await refusal(send(url))).toBe(`unreachable: ${new URL(url).host} did not answer (ECONNREFUSED)`);
  });

  it.each<[unknown, string]>([
    [undefined, "could not use allow: found undefined"],
    ["https://a.example", "could not use allow: found string"],
    [["a.example"], 'found string "a.example", which is no origin'],
    [["https://a.example/"], "which is no origin"],
    [["https://a.example/path"], "which is no origin"],
    [["https://u:p@a.example"], "which is no origin"],
    [["ftp://a.example"], "which is no origin"],
    [["*"], "which is no origin"],
    [["https://*"], "which is no origin"],
    [["https://*.com"], "which would allow what belongs to many"],
    [["https://a.*.example.com"], "which is no origin"],
    [["http://*.0.0.1"], "and addresses have no names below"],
    [["http://*.127.0.0.1"], "and addresses have no names below"],
    [["http://*.[::1]"], "and addresses have no names below"],
    [["https://a.example:99999"], "which is no origin"],
    [[5], "could not use allow: found number 5"],
    [[null], "could not use allow: found null"],
    [
      [{ origin: "https://a.example", headers: { host: "b" } }],
      "could not use the headers of https://a.example",
    ],
    [
      [{ origin: "https://a.example", headers: { x: "a\r\nb" } }],
      "could not use the header x of https://a.example",
    ],
    [[{ origin: "https://a.example", headers: ["x"] }], "could not use the headers of https://a.example"],
  ])("an allow list is one: %j", async (allow, error) => {
    const found = await refused(() => http({ allow: allow as never }));
    expect(found).toMatch(/^\[argument\] /);
    expect(found).toContain(error);
  });

  it("tells no secret of the allow list in an error", async () => {
    const headers = { authorization: "secret\n" };
    expect(await refused(() => http({ allow: [{ origin: "https://a.example", headers }] }))).not.toContain(
      "secret",
    );
  });
});

describe("what a plugin may send", () => {
  const methods = ["GET", "POST"];
  const sent = async (name: string, value: string, options: Partial<HttpOptions> = {}) => {
    const { origin } = await echo();
    const send = client({ allow: [origin], methods, ...options });
    return send(origin, { headers: [[name, value]] });
  };

  it.each(["PUT", "get", "CONNECT", "TRACE", "", "G ET", "POST\r\nX: y"])("no method %j", async (method) => {
    const { origin } = await echo();
    const send = client({ allow: [origin], methods });
    expect(await refusal(send(origin, { method }))).toMatch(
      /^denied: found the method .*wanted GET, POST \(methods\)$/,
    );
  });

  it("no body with GET and HEAD", async () => {
    const { origin } = await echo();
    const send = client({ allow: [origin] });
    expect(await refusal(send(origin, { body: "x" }))).toBe(
      "invalid: found a body of 1 bytes, and GET has none",
    );
    expect(await refusal(send(origin, { method: "POST", body: "x" }))).toBe(
      "denied: found the method POST, wanted GET, HEAD (methods)",
    );
  });

  it.each([
    "Host",
    "connection",
    "Content-Length",
    "transfer-encoding",
    "transfer_encoding",
    "TE",
    "trailer",
    "upgrade",
    "keep-alive",
    "proxy-authorization",
    "Proxy-Connection",
    "expect",
    "accept-encoding",
    "via",
  ])("not the header %s, whatever the host says", async (name) => {
    expect(await refusal(sent(name, "x"))).toBe(
      `denied: found the header ${name.toLowerCase()}, which HTTP itself sets`,
    );
    expect(await refused(() => http({ allow: [], headers: [name.replace("_", "-")] }))).toMatch(
      /^\[argument\] could not use headers/,
    );
  });

  it.each([
    "cookie",
    "Cookie2",
    "origin",
    "sec-fetch-site",
    "x-forwarded-for",
    "X_Forwarded_For",
    "forwarded",
    "x-real-ip",
    "x-http-method-override",
    "x-original-url",
    "metadata-flavor",
    "metadata",
    "x-aws-ec2-metadata-token",
  ])("the header %s only where the host names it", async (name) => {
    expect(await refusal(sent(name, "x"))).toBe(
      `denied: found the header ${name.toLowerCase()}, which the host has to allow by name (headers)`,
    );
    expect(JSON.parse((await sent(name, "x", { headers: [name] })).text).headers[name.toLowerCase()]).toBe(
      "x",
    );
  });

  it("only the headers that the host names, where it names any", async () => {
    expect(await refusal(sent("x-other", "1", { headers: ["X-One"] }))).toBe(
      "denied: found the header x-other, which the host does not allow (headers)",
    );
    expect((await sent("x-one", "1", { headers: ["X-One"] })).status).toBe(200);
    expect(await refusal(sent("accept", "1", { headers: [] }))).toContain("denied: ");
  });

  it.each<[string, string]>([
    ["x y", "1"],
    ["", "1"],
    ["x:", "1"],
    ["x\r\nhost", "1"],
    ["x", "a\r\nHost: evil"],
    ["x", "a\nb"],
    ["x", "a\0b"],
    ["x", " a"],
    ["x", "a\t"],
    ["x", "日本"],
    ["x", "\x7f"],
  ])("no header %j with the value %j", async (name, value) => {
    expect(await refusal(sent(name, value))).toMatch(
      /^invalid: found a (header whose name is none|value of the header)/,
    );
  });

  it("not more than its limits", async () => {
    const { origin } = await echo();
    const send = client({ allow: [origin], methods, maxRequestBytes: 1_000 });
    const size = 1_000 - origin.length;
    expect((await send(origin, { method: "POST", body: "x".repeat(size) })).status).toBe(200);
    expect(await refusal(send(origin, { method: "POST", body: "x".repeat(size + 1) }))).toBe(
      "too-large: found a request of 1001 bytes, wanted at most 1000 (maxRequestBytes)",
    );
    expect(await refusal(send(origin, { headers: [["x", "y".repeat(1_000)]] }))).toMatch(
      /^too-large: found a request/,
    );
    const many = Array.from({ length: 101 }, (_, i) => [`x${i}`, "1"] as const);
    expect(await refusal(send(origin, { headers: many }))).toBe(
      "too-large: found 101 headers, wanted at most 100",
    );
  });
});

describe("options of http that are none", () => {
  it.each<[string, unknown, RegExp]>([
    ["no options", undefined, /could not use the options of http: found undefined/],
    ["no allow list", {}, /could not use allow/],
    ["a method", { methods: ["TRACE"] }, /could not use methods: found string "TRACE"/],
    ["methods that are none", { methods: "GET" }, /could not use methods/],
    ["addresses", { privateAddresses: ["10.0.0.0/99"] }, /could not use privateAddresses: found string/],
    ["an address check", { addressCheck: "no" }, /could not use addressCheck: found string "no"/],
    ["redirects", { redirects: 21 }, /could not use redirects/],
    ["a timeout", { timeout: "soon" }, /could not use timeout/],
    ["requests at a time", { concurrent: -1 }, /could not use concurrent/],
    ["sizes", { maxResponseBytes: null }, /could not use maxResponseBytes/],
    ["headers", { maxHeaderBytes: 2 ** 21 }, /could not use maxHeaderBytes/],
  ])("%s", async (_, options, message) => {
    const given = options === undefined ? options : { allow: [], ...(options as object) };
    const last = _ === "no allow list" ? {} : given;
    expect(await refused(() => http(last as never))).toMatch(message);
  });
});
