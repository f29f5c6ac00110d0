/** `moult serve-instances`: runs what moves to it. */
import { expect, it } from "vitest";
import { load, type PluginError } from "../../host/mod.ts";
import { at } from "../../host/remote/mod.ts";
import { newKeys, sign } from "../../host/trust/mod.ts";
import { versions } from "../versions.ts";
import { command, type Ran } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));
const TOKEN = "0123456789abcdef0123456789abcdef";

/** Until it says where it is. */
async function hosting(...args: string[]) {
  const ending = new AbortController();
  let ended: Promise<Ran> | undefined;
  const said = await new Promise<string>((resolve, reject) => {
    ended = command(["serve-instances", ...args, "--port", "0"], {
      cwd,
      signal: ending.signal,
      onOut: resolve,
    });
    ended.then(({ err }) => reject(new Error(err)), reject);
  });
  const stop = () => {
    ending.abort();
    return ended!;
  };
  return { said, url: /https?:[^"\s]+/.exec(said)![0], stop };
}

it("runs what moves to it until it is told to stop, and what its keys have signed alone", async () => {
  const { privateKey, publicKey } = await newKeys();
  await write("token.txt", TOKEN);
  await write("key.pub", publicKey);
  const { said, url, stop } = await hosting(
    "--token-file",
    "token.txt",
    "--key",
    "key.pub",
    "--instances",
    "4",
  );
  expect(said).toBe(`instances run at ${url}\n`);
  const source = await counter("v1");
  const signed = await sign(source, { key: privateKey });
  const plugin = await load(signed);
  expect(await plugin.call.add!(1)).toBe(1);
  const refused = async (module: Uint8Array, token: string) =>
    plugin.swap(at(url, module, { token })).catch(({ code }: PluginError) => code);
  expect(await refused(signed, `${TOKEN}x`)).toBe("denied");
  expect(await refused(source, TOKEN)).toBe("untrusted");
  await plugin.swap(at(url, signed, { token: TOKEN }));
  expect([await plugin.call.add!(1), plugin.place]).toEqual([2, url]);
  await plugin.close();
  expect(await stop()).toMatchObject({ exit: 0, err: "" });
});

it("says where it is in JSON, and what it cannot listen with", async () => {
  const { said, stop } = await hosting("--json");
  expect(JSON.parse(said)).toEqual({ url: expect.stringMatching(/^http:/) });
  await stop();
  const open = await command(["serve-instances", "--host", "0.0.0.0"], { cwd });
  expect([open.exit, open.err]).toEqual([2, expect.stringContaining("say a token")]);
});
