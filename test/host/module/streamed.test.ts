/** Large modules are compiled while they come, where nothing has to be proven or written into them first. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { digestOf } from "../../../abi/state/avro/digest.ts";
import { load } from "../../../host/mod.ts";
import { versions } from "../../versions.ts";

const version = versions(new URL("../../guests/load/", import.meta.url));

/** The same module, with a section behind it that means nothing. */
function padded(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = 2 ** 20;
  const content = [3, ...Buffer.from("pad")];
  const length = [(size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14];
  const pad = new Uint8Array(1 + length.length + size);
  pad.set([0, ...length, ...content]);
  return new Uint8Array(Buffer.concat([wasm, pad]));
}

let body: Uint8Array;
let ends: "whole" | "broken off";
const server = createServer((_, response) => {
  response.writeHead(200, { "Content-Length": body.length });
  response.write(body.subarray(0, body.length >> 1), () => {
    if (ends === "whole") response.end(body.subarray(body.length >> 1));
    else response.destroy();
  });
});
let url: URL;
beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/first.wasm`);
  [body, ends] = [padded(await version("first")), "whole"];
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const spies = () => [vi.spyOn(WebAssembly, "compileStreaming"), vi.spyOn(WebAssembly, "compile")] as const;

it("is compiled while it comes, whatever type its server says", async () => {
  const [streaming, compile] = spies();
  // Node compiles what it reads HTTP with.
  const times = () => [
    streaming.mock.calls.length,
    compile.mock.calls.filter(([bytes]) => bytes.byteLength === body.length).length,
  ];
  const plugin = await load(url);
  expect(times()).toEqual([1, 0]);
  await plugin.swap(url);
  expect(times()).toEqual([2, 0]);
  await plugin.close();
});

it("is not compiled before it is proven, nor where limits are written into it", async () => {
  const integrity = await digestOf(body as Uint8Array<ArrayBuffer>);
  const [streaming] = spies();
  for (const options of [{ integrity }, { limits: { fuel: 1_000_000 } }, { limits: { memory: 2 ** 26 } }]) {
    const plugin = await load(url, options);
    await plugin.swap(url, "integrity" in options ? { integrity } : {});
    await plugin.close();
  }
  expect(streaming).not.toHaveBeenCalled();
});

it("is refused as its bytes would be, where it is broken or breaks off", async () => {
  const broken = body.slice();
  broken.fill(255, 200, 300);
  const refusal = (source: URL | Uint8Array) =>
    load(source).catch(({ message }) => message.replace(/\S*first\.wasm|bytes/, "it"));
  const told = await refusal(broken);
  expect(told).toMatch(/^\[invalid-module\]/);
  body = broken;
  expect(await refusal(url)).toBe(told);
  ends = "broken off";
  expect(await refusal(url)).toMatch(/^\[unavailable\] could not read/);
});
