import { expect, it } from "vitest";
import { z } from "zod";
import { keyOf, namedAs } from "../../../host/contract/function-name.ts";
import { capability, contract, load } from "../../../host/mod.ts";
import { build } from "../../kept/build.ts";

const Person = z.object({ userID: z.string(), homeURL: z.string() });

it("finds functions and fields whose names have several capitals in a row", async () => {
  const { wasm } = await build(new URL("../../guests/names/capital.ts", import.meta.url));
  const Names = contract("test:names/names@1", {
    findByID: { params: [z.string()], returns: Person },
    urlOf: { params: [Person], returns: z.string() },
  });
  const fetcher = capability(
    "test:names/fetcher@1.0.0",
    { fetchURL: { params: [z.string()], returns: z.string(), kind: "read" } },
    () => ({ fetchURL: (userID) => `https://example.org/${userID}` }),
  );
  await using plugin = await load(Names, wasm, { grant: [fetcher] });
  const found = await plugin.call.findByID("ada");
  expect(found).toEqual({ userID: "ada", homeURL: "https://example.org/ada" });
  expect(await plugin.call.urlOf(found)).toBe("https://example.org/ada#ada");
});

it("takes a module's own names where no contract says others", async () => {
  const { wasm } = await build(new URL("../../guests/names/capital.ts", import.meta.url));
  const fetcher = capability(
    "test:names/fetcher@1.0.0",
    { fetchUrl: { params: [z.string()], returns: z.string(), kind: "read" } },
    () => ({ fetchUrl: (userId) => userId }),
  );
  await using plugin = await load(wasm, { grant: [fetcher] });
  expect(await plugin.call.findById!("ada")).toEqual({ userId: "ada", homeUrl: "ada" });
});

it("is served under both of two names that are one in WIT, and tells them apart where the module does", () => {
  const named = [{ name: "get-x-y" }, { name: "get-xy" }];
  expect([namedAs(named, "getXY"), namedAs(named, "getXy"), namedAs(named, "getX")]).toEqual([
    { name: "get-x-y" },
    { name: "get-xy" },
    undefined,
  ]);
  expect(namedAs([{ name: "get-xy" }], "getXY")).toEqual({ name: "get-xy" });
  expect(namedAs([{ name: "get-x-y" }], "getXY")).toEqual({ name: "get-x-y" });
  const keys = new Map([["getURL", 0]]);
  expect([keyOf(keys, "get-url"), keyOf(keys, "get-u-r-l"), keyOf(keys, "get")]).toEqual([
    "getURL",
    "getURL",
    undefined,
  ]);
});

it.each([
  ["userID", "userId", "user-id"],
  ["homeURL", "homeUrl", "home-url"],
  ["aB", "a_b", "a-b"],
])("refuses fields that are one name in WIT: %s and %s", (one, other, name) => {
  const both = z.object({ [one]: z.string(), [other]: z.string() });
  expect(() => contract("test:names/names@1", { f: { params: [both] } })).toThrow(
    `found the fields ${one} and ${other}; they are one name in WIT, ${name}: rename one`,
  );
});
