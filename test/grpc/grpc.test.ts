/** A plugin that is served over gRPC, to clients that know its `.proto` alone. */
import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { contract, type LoadOptions, load } from "../../host/mod.ts";
import { versions } from "../versions.ts";
import { limits, raw, read, refusal, serving, shapes } from "./served.ts";

const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const Counter = contract("demo:counter/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
const counted = async (options?: LoadOptions) => load(Counter, await counter("v1"), options);

describe("a stock client", () => {
  test("calls with every kind of value that a guest has, 64 bits exactly", async () => {
    const { client } = await shapes();
    const answers = await Promise.all([
      client.call("Long", { size: "18446744073709551615" }),
      client.call("Small", { size: -32_768 }),
      client.call("Real", { size: Number.NaN }),
      client.call("Real", { size: -0 }),
      client.call("Flag", { on: true }),
      client.call("Text", { line: "grün 🌱" }),
      client.call("Text", {}),
      client.call("Raw", { bytes: Buffer.from([0, 255]) }),
      client.call("Point", { at: { x: 3, labels: ["a", ""] } }),
      client.call("Points", { all: [{ x: 1 }, {}] }),
      client.call("Color", { which: "COLOR_TYPE_GREEN" }),
      client.call("Counts", { map: { a: 1, b: 2 } }),
    ]);
    expect(answers.map(({ value }) => value)).toEqual([
      "18446744073709551615",
      -32_768,
      Number.NaN,
      -0,
      true,
      "grün 🌱",
      "",
      Buffer.from([0, 255]),
      { x: 3, labels: ["a", ""] },
      2,
      "COLOR_TYPE_GREEN",
      2,
    ]);
  });

  test("gets an err as a status, with the err of its type among the details", async () => {
    const { client } = await shapes();
    expect(await client.call("Divide", { total: 7, by: 2 })).toEqual({ value: 3 });
    const { code, details, moult, more } = await refusal(client.call("Divide", { total: 1, by: 0 }));
    expect([code, moult]).toEqual([status.FAILED_PRECONDITION, "guest-error"]);
    expect(details).toContain("nothing divides by 0");
    const [info = "", err = ""] = Object.keys(more);
    expect(read("ErrorInfo", more[info]!)).toEqual({ reason: "GUEST_ERROR", domain: "moult" });
    expect(err).toBe("type.googleapis.com/test.faults.counter.v1.DivideError");
    expect(read("Text", more[err]!)).toEqual({ value: "nothing divides by 0" });
    const large = await refusal(client.call("Locate", { name: "x".repeat(5_000) }));
    expect(Object.keys(large.more)).toEqual(["type.googleapis.com/google.rpc.ErrorInfo"]);
    expect(large.details).toMatch(/; its err of 50\d\d bytes is too large to be sent here$/);
  });

  test("is told with which argument it was not called", async () => {
    const { client } = await shapes();
    for (const [method, request, why] of [
      ["Byte", { size: 300 }, "parameter size: wanted a u8 (0 to 255), found 300"],
      ["Color", {}, "parameter which: it is missing"],
      ["Color", { which: 7 }, "parameter which: wanted one of 2 values, by their numbers from 1, found 7"],
      ["Point", {}, "parameter at: it is missing"],
    ] as const) {
      const { code, details, moult } = await refusal(client.call(method, request));
      expect([code, moult]).toEqual([status.INVALID_ARGUMENT, "argument"]);
      expect(details).toContain(why);
      expect(details).toMatch(/it was not called$/);
    }
  });

  test("is refused with bytes that are no such message, and with a text that is none", async () => {
    const { client } = await shapes();
    for (const [method, hex, why] of [
      ["Text", "0a05", "it ends too early"],
      ["Text", "0a02c328", "parameter line: wanted a text in UTF-8"],
      ["Text", "0a03eda080", "parameter line: wanted a text in UTF-8"],
      ["Text", "0801", "another type was sent"],
      ["Long", "08ffffffffffffffffffff01", "it is no such message"],
      ["Point", "0a02120a", "it ends too early"],
      ["Text", "0001", "a field has the number 0"],
      ["Text", "0b".repeat(1_000), "it is no such message"],
    ] as const) {
      const { code, details } = await refusal(raw(client, method, Buffer.from(hex, "hex")));
      expect([code, hex]).toEqual([status.INVALID_ARGUMENT, hex]);
      expect(details).toContain(why);
    }
    // What a newer client sends besides is left out.
    expect((await raw(client, "Flag", Buffer.from("08017a0178", "hex"))).toString("hex")).toBe("0801");
  });

  test("asks for a function that is not there", async () => {
    const { client } = await shapes();
    expect(await refusal(raw(client, "Other", Buffer.alloc(0)))).toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });

  test("loses no call while the plugin is swapped under it", async () => {
    const { client, plugin } = await serving(await counted());
    let over = false;
    let made = 0;
    const callers = Array.from({ length: 16 }, async () => {
      while (!over) {
        await client.call("Add", { p1: 1 });
        made++;
      }
    });
    for (const version of ["v2", "v2", "v2"] as const) await plugin.swap(await counter(version));
    over = true;
    await Promise.all(callers);
    expect(await client.call("Value", {})).toEqual({ value: made });
    expect(made).toBeGreaterThan(5);
  });

  test("gives a call up: by its deadline, and by itself", async () => {
    const plugin = await load(await limits("runaway"), {
      isolation: "worker",
      limits: { deadline: 1_000 },
      afterTrap: "restart",
    });
    const { client } = await serving(plugin);
    expect(await refusal(client.call("Spin", {}, { deadline: 200 }))).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    const cancelled = refusal(client.call("Spin", {}, { onCall: (call) => call.cancel() }));
    expect(await cancelled).toMatchObject({ code: status.CANCELLED });
    // The plugin has an end of its own, and is well again.
    expect(await client.call("Armed", {})).toEqual({ value: 0 });
  });

  test("is told of a plugin that takes too long, and of one that traps", async () => {
    const plugin = await load(await limits("runaway"), { limits: { fuel: 100_000 }, afterTrap: "restart" });
    const { client } = await serving(plugin);
    expect(await refusal(client.call("Spin", {}))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      moult: "out-of-fuel",
    });
    const { client: other } = await serving(await load(await limits("runaway"), { afterTrap: "restart" }));
    expect(await refusal(other.call("Recurse", { depth: 10_000_000 }))).toMatchObject({
      code: status.INTERNAL,
      moult: "trapped",
    });
  });
});
