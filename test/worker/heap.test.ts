/** What crosses between two threads, and what one of them takes of JavaScript's heap. */
import binaryen from "binaryen";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { contract, load } from "../../host/mod.ts";
import { manifest, refused, wat, withSection } from "../faults/guest.ts";
import { build } from "../kept/build.ts";

const Echo = contract("test:runaway/runaway@1", {
  echo: { params: [z.array(z.string())], returns: z.array(z.string()) },
});

describe("values of megabytes", () => {
  test("cross both ways, one after the other", async () => {
    const { wasm } = await build(new URL("../guests/limits/runaway.ts", import.meta.url));
    await using plugin = await load(Echo, wasm, { isolation: "worker" });
    for (const length of [1_000_000, 5, 3_000_000, 70_000, 1_048_576]) {
      const texts = ["x".repeat(length), "é".repeat(length >> 1), "✓".repeat(length >> 2)];
      expect(await plugin.call.echo(texts)).toEqual(texts);
    }
  });

  test("above maxValueBytes end the call, in the thread and out of it", async () => {
    const { wasm } = await build(new URL("../guests/limits/runaway.ts", import.meta.url));
    await using plugin = await load(Echo, wasm, { isolation: "worker", maxValueBytes: 1_000_000 });
    expect(await plugin.call.echo(["x".repeat(400_000)])).toEqual(["x".repeat(400_000)]);
    expect(await refused(plugin.call.echo(["x".repeat(600_000)]))).toMatch(
      /^\[trapped\] .*: the value would take \d+ bytes or more of the host's memory; at most 1000000 are allowed \(maxValueBytes\)/,
    );
  });
});

/** Objects without end, each of which holds the one before. */
const HOARD = `(module (type $link (struct (field (ref null $link)) (field i64) (field i64)))
  (memory (export "memory") 1) (func (export "moult_abi_1"))
  (func (export "run") (local $last (ref null $link))
    (loop $l (local.set $last (struct.new $link (local.get $last) (i64.const 1) (i64.const 2))) (br $l))))`;

test("objects of a guest end its thread where they take too much of the heap, and nothing else", async () => {
  const module = binaryen.parseText(HOARD);
  module.setFeatures(binaryen.Features.All);
  const own = manifest({ exports: [{ name: "run", params: [] }] });
  const bytes = withSection(
    module.emitBinary(),
    "moult:manifest",
    new TextEncoder().encode(JSON.stringify(own)),
  );
  module.dispose();
  const options = { isolation: "worker", maxValueBytes: 2 ** 20, limits: { deadline: 60_000 } } as const;
  const outcome = async () => {
    await using plugin = await load(bytes, options);
    await plugin.call.run!();
  };
  // Older engines know no objects.
  expect(await refused(outcome())).toMatch(
    WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)
      ? /^\[trapped\] .*its thread took more than 66 MiB of JavaScript's heap, as maxValueBytes allows/
      : /^\[invalid-module\] /,
  );
  await using other = await load(await wat('(memory (export "memory") 1)'), options);
  expect(other.version).toBe("1.0.0");
});
