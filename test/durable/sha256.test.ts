import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it, onTestFinished, vi } from "vitest";
import { digestOf } from "../../abi/state/avro/digest.ts";
import { fingerprint } from "../../abi/state/avro/fingerprint.ts";
import { sha256 } from "../../abi/state/avro/sha256.ts";
import { AT_ONCE, sha256 as native } from "../../abi/state/avro/sha256-node.ts";
import { packSnapshot, writeSnapshot } from "../../abi/state/container.ts";

it("is the platform's SHA-256, for every length around a block and any bytes", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    expect(sha256(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      expect(sha256(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
    }),
  );
});

it("is the same hash on every way: in JavaScript, at once from the platform, and awaited for many bytes", async () => {
  for (const length of [0, 1_000, AT_ONCE, AT_ONCE + 1]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 11);
    const wanted = createHash("sha256").update(bytes).digest("hex");
    expect([sha256(bytes), native(bytes), await digestOf(bytes)]).toEqual([wanted, wanted, wanted]);
  }
});

it("hashes many bytes where a page is not given WebCrypto", async () => {
  vi.stubGlobal("crypto", {});
  onTestFinished(() => void vi.unstubAllGlobals());
  const bytes = new Uint8Array(AT_ONCE + 1);
  expect(await digestOf(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
});

it("packs a snapshot at once into the bytes that writing it gives", async () => {
  const schema = { type: "record", name: "S", fields: [{ name: "n", type: "int" }] };
  const parts = { schema, fingerprint: await fingerprint(schema), datum: Uint8Array.of(84) };
  const snapshot = { ...parts, plugin: "p", version: "1.0.0" };
  expect(packSnapshot(snapshot)).toEqual(await writeSnapshot(snapshot));
});
