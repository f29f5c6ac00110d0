/** Registries that lie, break off, never end, or lead elsewhere. */
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Authority } from "../../host/oci/authority.ts";
import { digestOf } from "../../host/oci/digest.ts";
import { pull, push } from "../../host/oci/mod.ts";
import { Reach } from "../../host/oci/reach.ts";
import { failure } from "../faults/guest.ts";
import { counter } from "./counters.ts";
import { type Answer, falseRegistry, manifestOf, OCI_MANIFEST, serving } from "./false-registry.ts";

const BYTES = new Uint8Array(10_000).fill(7);
const OTHER = new Uint8Array(10_000).fill(8);
const ADA = { username: "ada", password: "correct horse" };
const BASIC = `Basic ${Buffer.from("ada:correct horse").toString("base64")}`;
const sending =
  (bytes: Uint8Array, headers: Record<string, string | number> = {}): Answer =>
  (_, response) =>
    void response.writeHead(200, headers).end(bytes);

/** What a pull of `a:1` is refused with. */
async function refused(answer: Answer, options: Parameters<typeof pull>[1] = {}, name = ":1") {
  const { host, asked } = await falseRegistry(answer);
  const { code, message } = await failure(pull(`oci://${host}/a${name}`, options));
  return { code, message: message.replaceAll(host, "HOST"), asked: asked.map(({ line }) => line) };
}

describe("what a registry sends is not believed", () => {
  test("a module of other bytes than its manifest says is refused, and so is one that is longer", async () => {
    const other = await refused(serving(manifestOf(BYTES), sending(OTHER)));
    expect(other.message).toBe(
      `[integrity] could not read oci://HOST/a:1: its 10000 bytes have the digest ${digestOf(OTHER)}, wanted ${digestOf(BYTES)}`,
    );
    const longer = await refused(serving(manifestOf(BYTES), sending(new Uint8Array(10_001).fill(7))));
    expect(longer.message).toContain("found more than the 10000 bytes it should have");
  });

  test("another manifest than the digest asks for is refused", async () => {
    const digest = `sha256:${"1".repeat(64)}`;
    const { code, asked } = await refused(serving(manifestOf(BYTES), sending(BYTES)), {}, `@${digest}`);
    expect([code, asked]).toEqual(["integrity", [`GET /v2/a/manifests/${digest}`]]);
    const told: Answer = (_, response) =>
      void response.writeHead(200, { "docker-content-digest": digest }).end(manifestOf(BYTES));
    expect((await refused(told)).code).toBe("integrity");
  });

  test("a body without end is ended, and its connection closed", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const endless: Answer = (_, response) => {
      closed = once(response, "close");
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(BYTES));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    };
    expect((await refused(serving(manifestOf(BYTES), endless))).code).toBe("integrity");
    await closed;
    const manifest = await refused(endless);
    expect([manifest.code, manifest.message.includes("it has more than 262144 bytes")]).toEqual([
      "bad-peer",
      true,
    ]);
    await closed;
  });

  test("a size is looked at before anything of it is asked for", async () => {
    const layers = [{ mediaType: "application/wasm", digest: digestOf(BYTES), size: 2 ** 40 }];
    const { code, asked } = await refused(serving(manifestOf(BYTES, { layers }), sending(BYTES)));
    expect([code, asked]).toEqual(["too-large", ["GET /v2/a/manifests/1"]]);
    const announced: Answer = (_, response) =>
      void response.writeHead(200, { "content-length": 2 ** 40 }).write("{");
    expect((await refused(announced)).code).toBe("bad-peer");
  });

  test("a body that breaks off is not a module", async () => {
    const short: Answer = (_, response) => {
      response.writeHead(200, { "content-length": BYTES.length });
      response.write(BYTES.subarray(0, 5_000), () => response.destroy());
    };
    expect((await refused(serving(manifestOf(BYTES), short))).code).toBe("unavailable");
    const ended = await refused(serving(manifestOf(BYTES), sending(BYTES.subarray(0, 5_000))));
    expect(ended.message).toBe(
      "[unavailable] could not read oci://HOST/a:1: it broke off after 5000 of 10000 bytes",
    );
  });

  test("bytes are counted when they are decoded", async () => {
    const bomb = gzipSync(new Uint8Array(2 ** 24));
    const packed = sending(bomb, { "content-encoding": "gzip" });
    expect((await refused(serving(manifestOf(BYTES), packed))).message).toContain(
      "found more than the 10000 bytes",
    );
  });

  const layer = (more: object) => ({
    mediaType: "application/wasm",
    digest: digestOf(BYTES),
    size: 9,
    ...more,
  });
  const OF_ANOTHER_FORM: readonly (readonly [what: string, manifest: string])[] = [
    ["no JSON", "<html>"],
    ["null", "null"],
    ["a list", "[]"],
    ["a list of manifests", JSON.stringify({ schemaVersion: 2, manifests: new Array(10_000).fill({}) })],
    [
      "an image of a container",
      manifestOf(BYTES, { layers: [layer({ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" })] }),
    ],
    ["two layers", manifestOf(BYTES, { layers: [layer({}), layer({})] })],
    ["no layer", manifestOf(BYTES, { layers: [] })],
    [
      "another configuration",
      manifestOf(BYTES, { config: layer({ mediaType: "application/vnd.oci.image.config.v1+json" }) }),
    ],
    [
      "a path for a digest",
      manifestOf(BYTES, { layers: [layer({ digest: "sha256:../../../../etc/passwd" })] }),
    ],
    ["a size below zero", manifestOf(BYTES, { layers: [layer({ size: -1 })] })],
    ["a size that is no number", manifestOf(BYTES, { layers: [layer({ size: "9" })] })],
    ["signatures that are none", manifestOf(BYTES, { annotations: { "vnd.moult.signatures": "\u0000" } })],
    [
      "too many signatures",
      manifestOf(BYTES, { annotations: { "vnd.moult.signatures": "AAAA ".repeat(20).trim() } }),
    ],
    ["an annotation that is no text", manifestOf(BYTES, { annotations: { a: 1 } })],
  ];
  test.each(OF_ANOTHER_FORM)(
    "a manifest that is %s is refused, and no module asked for",
    async (_, manifest) => {
      const { code, asked } = await refused(serving(manifest, sending(BYTES)));
      expect([code, asked]).toEqual(["bad-peer", ["GET /v2/a/manifests/1"]]);
    },
  );

  test("what a registry says of a failure is told in one line", async () => {
    const body = JSON.stringify({ errors: [{ code: "TOO_MANY", message: "slow\ndown\u001b[31m" }] });
    const { message } = await refused((_, response) => void response.writeHead(429).end(body));
    expect(message).toBe(
      "[unavailable] could not use oci://HOST/a:1: HOST answers 429 (TOO_MANY: slow\\ndown\\u{1b}[31m)",
    );
  });
});

describe("where a registry leads", () => {
  test("a redirect to another server is followed for a module, without the credentials", async () => {
    const store = await falseRegistry(sending(BYTES));
    const digest = digestOf(BYTES);
    const leading: Answer = (_, response) =>
      void response.writeHead(307, { location: `http://${store.host}/bucket?signed=1` }).end();
    const registry = await falseRegistry((request, response) => {
      if (request.headers.authorization === BASIC)
        return serving(manifestOf(BYTES), leading)(request, response);
      return void response.writeHead(401, { "www-authenticate": 'Basic realm="a"' }).end();
    });
    expect((await pull(`oci://${registry.host}/a:1`, { credentials: ADA })).bytes).toEqual(BYTES);
    expect(registry.asked.map(({ authorization }) => authorization)).toEqual([undefined, BASIC, BASIC]);
    expect(registry.asked.at(-1)?.line).toBe(`GET /v2/a/blobs/${digest}`);
    expect(store.asked).toEqual([{ line: "GET /bucket?signed=1", authorization: undefined }]);
  });

  test("a redirect to what is not http, or round in a circle, is not followed", async () => {
    const to =
      (location: string): Answer =>
      (_, response) =>
        void response.writeHead(302, { location }).end();
    expect((await refused(to("file:///etc/passwd"))).code).toBe("forbidden-source");
    expect((await refused(to("http://user:password@127.0.0.1/"))).code).toBe("forbidden-source");
    expect((await refused(to("http://"))).code).toBe("bad-peer");
    const { code, asked } = await refused(to("/v2/a/manifests/1"));
    expect([code, asked.length]).toEqual(["unavailable", 6]);
  });

  const REGISTRY = "https://registry.example/";
  const NAMES: Readonly<Record<string, readonly string[]>> = {
    "registry.example": ["93.184.216.34"],
    "cdn.example": ["93.184.216.35", "2606:2800:220:1::1"],
    "rebound.example": ["93.184.216.34", "10.0.0.1"],
    "inside.corp": ["10.1.2.3"],
    "store.corp": ["10.1.2.4"],
  };
  const LED: readonly (readonly [from: string, to: string, allowed: boolean])[] = [
    [REGISTRY, "https://cdn.example/x", true],
    [REGISTRY, "http://cdn.example/x", false],
    [REGISTRY, "https://127.0.0.1/", false],
    [REGISTRY, "https://localhost/", false],
    [REGISTRY, "https://a.localhost./", false],
    [REGISTRY, "https://[::1]/", false],
    [REGISTRY, "https://[::ffff:169.254.169.254]/latest/meta-data", false],
    [REGISTRY, "https://169.254.169.254/latest/meta-data", false],
    [REGISTRY, "https://0x7f.1/", false],
    [REGISTRY, "https://0.0.0.0/", false],
    [REGISTRY, "https://inside.corp/", false],
    [REGISTRY, "https://rebound.example/", false],
    ["https://inside.corp/", "https://store.corp/", true],
    ["https://inside.corp/", "https://cdn.example/", true],
    ["https://inside.corp/", "https://127.0.0.1/", false],
    ["http://127.0.0.1:5000/", "http://127.0.0.1:5001/", true],
  ];
  test.each(LED)("from %s it may lead to %s: %s", async (from, to, allowed) => {
    const reach = new Reach(new URL(from), async (name) => NAMES[name] ?? []);
    const admitted = reach.admit(new URL(to), "a", "it leads to");
    if (allowed) await admitted;
    else expect((await failure(admitted)).code).toBe("forbidden-source");
  });

  test("with sources, a redirect has to be allowed there", async () => {
    const store = await falseRegistry(sending(BYTES));
    const to: Answer = (_, response) =>
      void response.writeHead(307, { location: `http://${store.host}/` }).end();
    const { host } = await falseRegistry(serving(manifestOf(BYTES), to));
    const { load } = await import("../../host/mod.ts");
    const { oci } = await import("../../host/oci/mod.ts");
    const from = (sources: object) => failure(load(oci(`oci://${host}/a:1`), { sources }));
    const schemes = ["http"];
    expect((await from({ schemes: ["https"] })).message).toContain("found the scheme http:");
    expect((await from({ schemes, hosts: [host] })).message).toContain(
      "sources does not say redirects: true",
    );
    expect((await from({ schemes, hosts: [host], redirects: true })).code).toBe("forbidden-source");
    expect(store.asked).toEqual([]);
    // Its bytes are no module.
    expect((await from({ schemes, hosts: [host, store.host], redirects: true })).code).toBe("not-wasm");
  });
});

describe("who one is, is told to few", () => {
  const asking = (realm: string): Answer => {
    const header = `Bearer realm="${realm}",service="registry",scope="repository:secrets/all:pull,push,delete"`;
    return (request, response) => {
      if (request.headers.authorization === "Bearer good")
        return serving(manifestOf(BYTES), sending(BYTES))(request, response);
      return void response.writeHead(401, { "www-authenticate": header }).end();
    };
  };
  const giving = (token: unknown): Answer => sending(new TextEncoder().encode(JSON.stringify(token)));

  test("a token is fetched for the repository that is asked for, whatever the registry says", async () => {
    const server = await falseRegistry(giving({ token: "good", expires_in: 300 }));
    const registry = await falseRegistry(asking(`http://${server.host}/token`));
    expect((await pull(`oci://${registry.host}/acme/a:1`, { credentials: ADA })).bytes).toEqual(BYTES);
    expect(server.asked).toEqual([
      {
        line: "GET /token?scope=repository%3Aacme%2Fa%3Apull&service=registry&account=ada",
        authorization: BASIC,
      },
    ]);
    expect(registry.asked.map(({ authorization }) => authorization)).toEqual([
      undefined,
      "Bearer good",
      "Bearer good",
    ]);
  });

  test("a password is not sent to another host for a token, unless it is named", async () => {
    const server = await falseRegistry(giving({ access_token: "good" }));
    const port = server.host.replace(/.*:/, "");
    const { host } = await falseRegistry(asking(`http://localhost:${port}/token`));
    const wanted = failure(pull(`oci://${host}/a:1`, { credentials: ADA }));
    expect((await wanted).message).toBe(
      `[forbidden-source] could not read oci://${host}/a:1: its registry sends for a token to http://localhost:${port}/token, ` +
        `another host, which did not get your password; say tokenHosts: ["localhost:${port}"] (on the command line --token-host) if that is right`,
    );
    expect(server.asked).toEqual([]);
    await pull(`oci://${host}/a:1`, { credentials: ADA, tokenHosts: [`localhost:${port}`] });
    // Nobody has nothing to lose.
    await pull(`oci://${host}/a:1`);
    expect(server.asked.map(({ authorization }) => authorization)).toEqual([BASIC, undefined]);
  });

  test.each(["file:///etc/passwd", "javascript:1", "ftp://127.0.0.1/", "no url"])(
    "a token is not fetched from %s",
    async (realm) => {
      expect(["forbidden-source", "bad-peer"]).toContain(
        (await refused(asking(realm), { credentials: ADA })).code,
      );
    },
  );

  test.each([
    ["with a line in it", { token: "good\r\nx-admin: 1" }],
    ["that is no text", { token: 7 }],
    ["that is none", null],
    ["of a hundred thousand characters", { token: "a".repeat(100_000) }],
  ])("a token %s is refused", async (_, token) => {
    const server = await falseRegistry(giving(token));
    expect((await refused(asking(`http://${server.host}/`))).code).toBe("bad-peer");
  });

  test("a redirect of the server of tokens is not followed", async () => {
    const other = await falseRegistry(giving({ token: "good" }));
    const server = await falseRegistry(
      (_, response) => void response.writeHead(302, { location: `http://${other.host}/` }).end(),
    );
    expect((await refused(asking(`http://${server.host}/`), { credentials: ADA })).code).toBe("bad-peer");
    expect(other.asked).toEqual([]);
  });

  test("a registry that is never content is asked twice", async () => {
    const server = await falseRegistry(giving({ token: "bad" }));
    const { code, asked } = await refused(asking(`http://${server.host}/`));
    expect([code, asked.length]).toEqual(["denied", 2]);
  });

  test("credentials are not sent without TLS but to this machine", async () => {
    const registry = new URL("http://registry.corp/");
    const challenged = new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } });
    const options = {
      registry,
      repository: "a",
      reach: new Reach(registry),
      tokenHosts: [],
      credentials: async () => ADA,
    };
    const { code, message } = await failure(
      new Authority(options).answer(challenged, "pull", { from: "a", signal: new AbortController().signal }),
    );
    expect([code, message.includes("not https"), message.includes("horse")]).toEqual([
      "forbidden-source",
      true,
      false,
    ]);
    const named = await failure(Promise.resolve().then(() => pull("oci://ada:secret@ghcr.io/a:1")));
    expect([named.code, named.message.includes("secret")]).toEqual(["argument", false]);
  });

  test("an upload that is led to another server goes without the credentials", async () => {
    const v1 = await counter("v1");
    const store = await falseRegistry((_, response) => void response.writeHead(201).end());
    const registry = await falseRegistry((request, response) => {
      if (request.headers.authorization !== BASIC)
        return void response.writeHead(401, { "www-authenticate": "Basic" }).end();
      if (request.method === "PUT") return void response.writeHead(201).end();
      if (request.method === "POST")
        return void response.writeHead(202, { location: `http://${store.host}/up?id=1` }).end();
      return void response.writeHead(404).end();
    });
    await push(`oci://${registry.host}/a:1`, v1, { credentials: ADA });
    expect(store.asked.map(({ line, authorization }) => [line.slice(0, 27), authorization])).toEqual([
      ["PUT /up?id=1&digest=sha256%", undefined],
      ["PUT /up?id=1&digest=sha256%", undefined],
    ]);
  });
});

test("the answer with a manifest may come with any content type", async () => {
  const { host } = await falseRegistry((request, response) => {
    if (request.url!.includes("/blobs/")) return sending(BYTES)(request, response);
    return void response.writeHead(200, { "content-type": "text/plain" }).end(manifestOf(BYTES));
  });
  expect((await pull(`oci://${host}/a:1`)).bytes).toEqual(BYTES);
  expect(OCI_MANIFEST).toContain("image.manifest");
});
