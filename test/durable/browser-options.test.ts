/** What the stores of browsers refuse before there is a browser, and where there is none. */
import { expect, it } from "vitest";
import { indexedDbStore, opfsStore } from "../../host/browser/mod.ts";

const STORES = [
  ["the IndexedDB store", indexedDbStore],
  ["the OPFS store", opfsStore],
] as const;

it.each(STORES)("%s takes a name and options that are sound, and nothing else", (what, store) => {
  const refused = (name: unknown, options: object, message: string) =>
    expect(() => store(name as string, options)).toThrow(
      `[argument] could not keep a plugin in ${what} ${message}`,
    );
  refused("a/b", {}, '"a/b": its name is "a/b", wanted a text of 1 to 100 characters, without / and \\');
  for (const name of ["", "..", "a\\b", "a\nb", "x".repeat(101)])
    refused(name, {}, JSON.stringify(name).slice(0, 20));
  refused("a", { durability: "always" }, '"a": its durability is always, wanted "strict" or "relaxed"');
  refused("a", { checkpoint: { calls: 0 } }, '"a": its checkpoint.calls is 0, wanted a number above 0');
  refused("a", { wait: 5 }, '"a": its wait is 5, wanted true, false or an AbortSignal');
  expect(store("Zähler 1", { wait: true }).name).toBe(`${what} "Zähler 1"`);
});

it.each(STORES)("%s says so where there is none", async (what, store) => {
  await expect(store("a").open()).rejects.toMatchObject({
    code: "store-failed",
    message: expect.stringMatching(
      new RegExp(`^\\[store-failed\\] could not open ${what} "a": (there|only)`),
    ),
  });
});
