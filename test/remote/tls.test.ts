/** A plugin that is served over TLS, and callers that look at its certificate. */
import { readFile } from "node:fs/promises";
import { connect as dial } from "node:net";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { contract, load, type Plugin } from "../../host/mod.ts";
import { connect, type HttpOptions, http, type Served, serve } from "../../host/remote/mod.ts";
import { failure } from "../faults/guest.ts";
import { versions } from "../versions.ts";

const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
});
const pem = (name: string) => readFile(new URL(`tls/${name}.pem`, import.meta.url), "utf8");
const [key, cert, ca] = await Promise.all([pem("key"), pem("cert"), pem("ca")]);

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function served(options?: HttpOptions): Promise<Served> {
  const plugin = await load(Counter, await counter("v1"));
  open.push(plugin);
  const own = await serve(plugin as unknown as Plugin, http(options));
  open.push(own);
  return own;
}

test("a caller who trusts its authority calls over TLS", async () => {
  const { url } = await served({ tls: { key, cert: new TextEncoder().encode(cert) } });
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:/);
  for (const [address, trusted] of [
    [url, ca],
    [url.replace("127.0.0.1", "localhost"), [new TextEncoder().encode(ca)]],
  ] as const) {
    const remote = await connect(Counter, address, { ca: trusted });
    open.push(remote);
    expect(await remote.call.add(1)).toBeGreaterThan(0);
  }
});

test("a caller who does not, sends nothing", async () => {
  const { url } = await served({ tls: { key, cert } });
  expect(await failure(connect(Counter, url))).toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/its certificate is not trusted \(\w+\); say its authority \(ca\)$/),
  });
});

test("a certificate for another name is not trusted", async () => {
  const { url } = await served({ host: "127.0.0.2", tls: { key, cert } });
  const error = await failure(connect(Counter, url, { ca }));
  expect([error.code, error.message]).toEqual([
    "unavailable",
    expect.stringContaining("its certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)"),
  ]);
});

test("a server without TLS is told from one with it", async () => {
  const { url } = await served();
  expect((await failure(connect(Counter, url.replace("http:", "https:"), { ca }))).message).toContain(
    "what answers there speaks no TLS",
  );
  const secure = await served({ tls: { key, cert } });
  const plain = await failure(connect(Counter, secure.url.replace("https:", "http:")));
  expect(plain.code).toBe("unavailable");
});

test.each([
  ["no key", { cert }],
  ["a certificate for a key", { key: cert, cert }],
  ["no PEM", { key: "key", cert }],
  ["a file's name", { key, cert: "cert.pem" }],
  ["a text", "tls"],
])("%s is refused, and stands in no message", async (_, tls) => {
  expect(() => http({ tls: tls as never })).toThrow(
    /^\[argument\] could not use tls\.(key|cert): wanted a text/,
  );
  expect(() => http({ tls: tls as never })).not.toThrow(/BEGIN/);
});

test("a key that is not the certificate's is refused before anything is served", async () => {
  const other = await failure(served({ tls: { key, cert: ca } }));
  expect([other.code, other.message]).toEqual([
    "argument",
    expect.stringContaining("could not serve over HTTP: tls cannot be used: "),
  ]);
  expect(other.message).not.toContain("BEGIN");
  expect(await failure(connect("https://127.0.0.1/", { ca: "authority.pem" }))).toMatchObject({
    code: "argument",
  });
});

test("who connects and begins no TLS is cut off in time", async () => {
  const { url } = await served({ tls: { key, cert }, requestTimeout: 200 });
  const socket = dial(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
  const remote = await connect(Counter, url, { ca });
  open.push(remote);
  expect(await remote.call.add(1)).toBe(1);
});
