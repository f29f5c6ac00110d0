/** Random values go to a plugin over gRPC and come back. */
import { status } from "@grpc/grpc-js";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isKind, type ValueType } from "../../abi/tools.ts";
import { messageCodec } from "../../host/grpc/message-codec.ts";
import { load } from "../../host/mod.ts";
import { valuesOf } from "../canonical/arbitrary.ts";
import { versions } from "../versions.ts";
import { open, raw, refusal, type Serving, serving } from "./served.ts";

const guest = versions(new URL("../guests/grpc/", import.meta.url));
const NAMES = ["numbers", "longs", "maps", "numbered", "maybe", "twice"] as const;
let own: Serving;
const kept: { close(): unknown }[] = [];

beforeAll(async () => {
  own = await serving(await load(await guest("echo")));
  kept.push(...open.splice(0));
});
afterAll(async () => {
  for (const each of kept.reverse()) await each.close();
});

test.each(NAMES)("%s come back as they were sent", async (name) => {
  const { params, result } = own.plugin.contract.functions.get(name)!;
  const args = messageCodec(params, "the arguments", "");
  const answer = messageCodec([{ name: "value", type: result! }], "the answer", "");
  const rpc = name[0]!.toUpperCase() + name.slice(1);
  await fc.assert(
    fc.asyncProperty(valuesOf(params[0]!.type), async (value) => {
      const sent = Buffer.from(args.write([value]));
      const told = await raw(own.client, rpc, sent, "test.grpc.echo.v1.Echo");
      // Sets have no order of their own, and no doubles.
      if (!hasSet(params[0]!.type)) expect(told.equals(sent)).toBe(true);
      expect(answer.read(told, 2 ** 22)).toHaveLength(1);
    }),
    { numRuns: 40 },
  );
});

test("a result of records is an answer, or an err; nothing is an answer too", async () => {
  const { client } = own;
  const answer = await client.call("Either", { fails: false, text: "x" });
  expect(answer).toMatchObject({ value: [{ tags: [], level: "LEVEL_LOW", nick: "x" }] });
  const { code, more } = await refusal(client.call("Either", { fails: true, text: "x" }));
  expect([code, Object.keys(more)[1]]).toEqual([
    status.FAILED_PRECONDITION,
    "type.googleapis.com/test.grpc.echo.v1.EitherError",
  ]);
  expect(await client.call("Nothing", {})).toEqual({});
});

function hasSet(type: ValueType): boolean {
  return JSON.stringify(type).includes("tags") || isKind("map", type);
}
