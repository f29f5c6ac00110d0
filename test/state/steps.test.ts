import { afterAll, expect, test } from "vitest";
import { cleanUp, made, running } from "./author.ts";

afterAll(cleanUp);

test("a step for this very state runs, though the change would be lossless too", async () => {
  const plugin = await running(`@state class S { timeout: u32 = 5; }
const s = state<S>();
export function get(): u32 { return s.timeout; }`);
  const next = await made(`class SV1 { timeout: u32 = 5; }
@state
class S { timeout: u32 = 5; deadline: u64 = 0;
  static from(old: SV1): S { return { timeout: old.timeout, deadline: old.timeout * 1000 }; } }
const s = state<S>();
export function get(): u32 { return <u32>s.deadline; }`);
  const record = await plugin.swap(next.wasm);
  expect([record.way, record.steps]).toEqual(["migrated", ["SV1", "S"]]);
  expect(await plugin.call.get!()).toBe(5000);
  // Its own state is its own, and no step's.
  expect(await plugin.swap(next.wasm)).toMatchObject({ way: "same", steps: ["S"] });
  expect(await plugin.call.get!()).toBe(5000);
  await plugin.close();
});
