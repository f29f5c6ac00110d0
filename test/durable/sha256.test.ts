import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { fingerprint } from "../../abi/avro/fingerprint.ts";
import { sha256 } from "../../abi/avro/sha256.ts";
import { packSnapshot, writeSnapshot } from "../../abi/container.ts";

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

it("packs a snapshot at once into the bytes that writing it gives", async () => {
  const schema = { type: "record", name: "S", fields: [{ name: "n", type: "int" }] };
  const parts = { schema, fingerprint: await fingerprint(schema), datum: Uint8Array.of(84) };
  const snapshot = { ...parts, plugin: "p", version: "1.0.0" };
  expect(packSnapshot(snapshot)).toEqual(await writeSnapshot(snapshot));
});
