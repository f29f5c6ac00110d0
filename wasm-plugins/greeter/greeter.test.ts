import { expect, it } from "vitest";
import { z } from "zod";
import { contract, load, wit } from "../../host/mod.ts";
import { versions } from "../../test/versions.ts";

const person = z.object({
  name: z.string(),
  title: z.optional(z.string()),
  age: z.optional(z.uint32()),
});
const tone = z.enum(["formal", "friendly", "short"]);
const Greeter = contract("demo:greeter/greeter@1", {
  greet: { params: [person, tone], returns: wit.result(z.string(), z.string()) },
  greetAll: { params: [z.array(person), tone], returns: z.array(z.string()) },
  oldest: { params: [z.array(person)], returns: z.optional(person) },
  initials: { params: [z.array(person)], returns: z.map(z.string(), z.uint32()) },
  suited: { params: [person], returns: tone },
});

const ada = { name: "Ada", title: "Countess", age: 36 };
const grace = { name: "Grace", title: "Admiral", age: 85 };
const alan = { name: "Alan" };

const version = versions(new URL("./", import.meta.url));

it("takes and gives records, options, results, enums, lists and maps", async () => {
  const { callSync: greeter, close } = await opened();
  expect(greeter.greet(ada, "formal")).toBe("Good day, Countess Ada");
  expect(greeter.greet(alan, "friendly")).toBe("Hello, Alan");
  expect(greeter.greetAll([ada, { name: "" }, alan], "short")).toEqual(["Ada", "Alan"]);
  expect(greeter.oldest([ada, grace, alan])).toEqual(grace);
  expect(greeter.oldest([alan])).toBeUndefined();
  expect(greeter.initials([ada, alan, grace])).toEqual(
    new Map([
      ["A", 2],
      ["G", 1],
    ]),
  );
  expect([greeter.suited(ada), greeter.suited(alan)]).toEqual(["formal", "friendly"]);
  await close();
});

it("throws the err of a result with its payload, and goes on", async () => {
  const { callSync: greeter, close } = await opened();
  expect(() => greeter.greet({ name: "" }, "short")).toThrow(
    expect.objectContaining({ code: "guest-error", payload: "a person without a name" }),
  );
  expect(greeter.greet(alan, "short")).toBe("Alan");
  await close();
});

it("has no state, so its code changes with nothing to carry", async () => {
  const { plugin, callSync: greeter, close } = await opened();
  const record = await plugin.swap(await version("v2"));
  expect(record).toMatchObject({ outcome: "swapped", stateBytes: 0, steps: [] });
  expect(greeter.greet(alan, "friendly")).toBe("Hi, Alan");
  await close();
});

async function opened() {
  const plugin = await load(Greeter, await version("v1"));
  return { plugin, callSync: plugin.callSync, close: () => plugin.close() };
}
