import { describe, expect, test } from "vitest";
import {
  authorization,
  causeWithoutSecrets,
  shownAddress,
  shownUrl,
  withoutCredentials,
  withoutSecrets,
} from "../../../host/module/address.ts";

const ROWS: readonly (readonly [url: string, shown: string])[] = [
  ["https://example.org/a/handler.wasm", "https://example.org/a/handler.wasm"],
  ["https://example.org:8443/a.wasm", "https://example.org:8443/a.wasm"],
  ["https://ann:secret@example.org/a.wasm", "https://example.org/a.wasm"],
  ["https://secret@example.org/a.wasm", "https://example.org/a.wasm"],
  ["https://example.org/a.wasm?token=secret", "https://example.org/a.wasm?…"],
  ["https://example.org/a.wasm?", "https://example.org/a.wasm"],
  ["https://example.org/a.wasm#access_token=secret", "https://example.org/a.wasm"],
  ["https://ann:secret@example.org/a.wasm?sig=secret#secret", "https://example.org/a.wasm?…"],
  ["s3://key:secret@bucket/a.wasm?secret", "s3://bucket/a.wasm?…"],
  ["data:application/wasm;base64,c2VjcmV0", "data:application/wasm;base64,…"],
  ["blob:https://example.org/2b9d", "blob:https://example.org/2b9d"],
  ["file:///srv/plugins/a.wasm?x=1#y", "file:///srv/plugins/a.wasm?x=1#y"],
];

describe("a URL in a message", () => {
  test.each(ROWS)("%s", (url, shown) => {
    expect(shownUrl(new URL(url))).toBe(shown);
    expect(shownAddress(url)).toBe(shown);
  });

  test.each([
    ["./a.wasm", "./a.wasm"],
    ["plugins/a.wasm?token=secret", "plugins/a.wasm?…"],
    ["a.wasm#secret\nsecret", "a.wasm?…"],
    ["a\nb.wasm", "a\\nb.wasm"],
    ["https://[not a url?secret", "https://[not a url?…"],
  ])("or what was meant as one: %s", (text, shown) => {
    expect(shownAddress(text)).toBe(shown);
  });

  test("is never long", () => {
    expect(
      shownUrl(new URL(`https://example.org/${"a".repeat(100_000)}?${"b".repeat(100_000)}`)).length,
    ).toBeLessThan(4_200);
  });
});

describe("an engine's words about a URL", () => {
  const url = new URL("https://ann:p%40ss@example.org/a.wasm?token=s3cret#frag");

  test.each([
    ["fetch failed", "fetch failed"],
    [
      `error sending request for url (${url.href})`,
      "error sending request for url (https://example.org/a.wasm?…",
    ],
    [
      "redirected to https://cdn.example.org/b?sig=other, which failed",
      "redirected to https://cdn.example.org/b?…",
    ],
    ["bad password p@ss", "bad password …"],
    ["bad password p%40ss of ann", "bad password … of ann"],
    ["cannot use token=s3cret", "cannot use …"],
    ["cannot use frag", "cannot use …"],
  ])("%s", (said, clean) => {
    expect(withoutSecrets(said, url)).toContain(clean);
    expect(withoutSecrets(said, url)).not.toMatch(/s3cret|p%40ss|p@ss|sig=other|ann:/);
  });

  test("are a cause only without what is secret, down to the last one", () => {
    const why = Object.assign(new Error(`no host in ${url.href}`), { code: "ENOTFOUND", path: url.href });
    const cause = new TypeError(`could not get ${url.href}`, { cause: why });
    const clean = causeWithoutSecrets(cause, url) as Error & { cause: Error & { code: string } };
    expect([clean.name, clean.message, clean.cause.message, clean.cause.code]).toEqual([
      "TypeError",
      "could not get https://example.org/a.wasm?…",
      "no host in https://example.org/a.wasm?…",
      "ENOTFOUND",
    ]);
    expect(JSON.stringify([clean.stack, clean.cause.stack, { ...clean.cause }])).not.toContain("s3cret");
    expect(causeWithoutSecrets(cause, new URL("https://example.org/a.wasm"))).toBe(cause);
    expect(causeWithoutSecrets("a text", url)).toBe("a text");
  });
});

test.each([
  ["https://ann:secret@example.org/", "ann:secret"],
  ["https://ann@example.org/", "ann:"],
  ["https://:secret@example.org/", ":secret"],
  ["https://j%C3%BCrg:p%40%3Ass@example.org/", "jürg:p@:ss"],
  ["https://a%zz:b@example.org/", "a%zz:b"],
])("user and password of %s travel in a header", (text, said) => {
  const url = new URL(text);
  const { authorization: header = "" } = authorization(url);
  expect(Buffer.from(header.replace(/^Basic /, ""), "base64").toString("utf8")).toBe(said);
  expect(withoutCredentials(url).href).toBe("https://example.org/");
  expect(url.href).toBe(text);
  expect(authorization(withoutCredentials(url))).toEqual({});
});
