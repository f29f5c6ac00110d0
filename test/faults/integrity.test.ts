/** A module that is not the one that was expected is not compiled. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { type LoadOptions, load } from "../../host/mod.ts";
import { Counter, failure, guest, refused } from "./guest.ts";

const hexOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const sriOf = (bytes: Uint8Array) => `sha256-${createHash("sha256").update(bytes).digest("base64")}`;

describe("integrity", () => {
  test("lets the expected module in, whichever way it is written", async () => {
    const wasm = await guest("counter");
    for (const integrity of [hexOf(wasm), hexOf(wasm).toUpperCase(), sriOf(wasm)]) {
      await using plugin = await load(Counter, wasm, { integrity });
      expect(await plugin.call.add(1)).toBe(1);
      const next = await guest("counter", "2.0.0");
      await plugin.swap(next, { integrity: sriOf(next) });
      expect(plugin.history()[0]?.to?.digest).toBe(hexOf(next));
    }
  });

  test("keeps any other out, with both digests, at load and at a swap", async () => {
    const [wasm, next] = [await guest("counter"), await guest("counter", "2.0.0")];
    expect(await refused(load(Counter, next, { integrity: sriOf(wasm) }))).toBe(
      `[integrity] could not load bytes: its ${next.length} bytes have the SHA-256 ${hexOf(next)}, wanted ${hexOf(wasm)} (the option integrity)`,
    );
    await using plugin = await load(Counter, wasm);
    const error = await failure(plugin.swap(next, { integrity: hexOf(wasm) }));
    expect([error.code, error.phase, plugin.version]).toEqual(["integrity", "prepare", "1.0.0"]);
    expect((await failure(plugin.swap(next, { integrity: hexOf(wasm), dryRun: true }))).code).toBe(
      "integrity",
    );
  });

  test("finds each changed byte, before anything is compiled or read", async () => {
    const wasm = await guest("counter");
    const integrity = sriOf(wasm);
    for (let at = 0; at < wasm.length; at += 37) {
      const changed = Uint8Array.from(wasm);
      changed[at]! ^= 1;
      expect((await failure(load(Counter, changed, { integrity }))).code).toBe("integrity");
    }
    expect((await failure(load(Counter, new Uint8Array(0), { integrity }))).code).toBe("integrity");
  });

  test("is of what a server sends", async () => {
    const wasm = await guest("counter");
    let sent = wasm;
    const server = createServer((_, response) => response.end(sent)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/counter.wasm`);
    await (await load(Counter, url, { integrity: hexOf(wasm) })).close();
    sent = await guest("counter", "6.6.6");
    expect(await refused(load(Counter, url, { integrity: hexOf(wasm) }))).toContain(
      `could not load ${url.href}: its`,
    );
    server.close();
  });

  test.each([
    null,
    "",
    "sha256-",
    "sha256-abc",
    "sha384-abc",
    "abc",
    7,
    `sha256-${"a".repeat(44)}`,
    "0".repeat(63),
  ])("is not %o", async (integrity) => {
    const given = { integrity } as LoadOptions;
    expect(await refused(load(Counter, await guest("counter"), given))).toMatch(
      /^\[argument\] could not use integrity: found .+, wanted a SHA-256: "sha256-" and 44 characters of base64, or 64 hexadecimal digits$/,
    );
  });

  test("is not of a compiled module, which has no bytes", async () => {
    const wasm = (await guest("counter")) as Uint8Array<ArrayBuffer>;
    const module = new WebAssembly.Module(wasm);
    expect(await refused(load(Counter, module, { integrity: hexOf(wasm) }))).toBe(
      "[argument] could not load a compiled module: integrity is of a module's bytes, and it came compiled; give its bytes",
    );
  });
});
