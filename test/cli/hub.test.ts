/** `moult hub`, and `moult host --keyed`: a cluster by hand. */
import { expect, it } from "vitest";
import { callKeyed, ownerOf } from "../../host/keyed/mod.ts";
import { httpFabric } from "../../host/remote/mod.ts";
import { NAME, Room, room } from "../keyed/room.ts";
import { command, type Ran } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
const TOKEN = "0123456789abcdef0123456789abcdef";
await write("token.txt", TOKEN);
await write("room.wasm", await room("first", "1.0.0"));
const safe = ["--token-file", "token.txt"];

/** Until it has printed as many lines. */
async function staying(args: readonly string[], lines = 1) {
  const ending = new AbortController();
  let printed = "";
  let ended: Promise<Ran> | undefined;
  await new Promise<void>((resolve, reject) => {
    const onOut = (text: string) => {
      printed += text;
      if (printed.split("\n").length > lines) resolve();
    };
    ended = command(args, { cwd, signal: ending.signal, onOut });
    ended.then(({ err }) => reject(new Error(err)), reject);
  });
  const stop = () => {
    ending.abort();
    return ended!;
  };
  return { said: printed, stop };
}

it("keeps versions, plans and states in its folder, for nodes that share keys", async () => {
  const first = await staying(["hub", "cluster", "--port", "0", ...safe]);
  const url = /http:[^\s]+/.exec(first.said)![0];
  expect(first.said).toBe(`the hub is at ${url}\n`);
  const at = ["--fabric", url, ...safe];
  expect(await command(["publish", "room.wasm", ...at], { cwd })).toMatchObject({ exit: 0 });
  expect(await command(["rollout", NAME, "--to", "1.0.0", ...at], { cwd })).toMatchObject({ exit: 0 });
  const node = await staying(["host", "--keyed", NAME, "--host", "127.0.0.1", "--port", "0", ...at]);
  expect(node.said).toMatch(new RegExp(`^node \\w+ has keys of room in ${url}\n$`));
  const json = await staying(["host", "--keyed", NAME, "--json", ...at]);
  expect(JSON.parse(json.said)).toMatchObject({ keyed: NAME, fabric: url });

  const fabric = await httpFabric(url, { token: TOKEN });
  const rooms = await callKeyed(fabric, Room, NAME);
  for (const key of ["a", "b", "c", "d"]) expect(await rooms.of(key).call.say(1)).toBe(1);
  expect((await node.stop()).exit).toBe(0);
  for (const key of ["a", "b", "c", "d"]) expect(await rooms.of(key).call.say(2)).toBe(2);
  const told = await json.stop();
  expect(told.out).toContain('{"keyed":"room","key":"a","is":"here"}');
  await rooms.close();
  await fabric.close();
  await first.stop();

  // Another process, another address, the same content.
  const next = await staying(["hub", "cluster", "--port", "0", "--json", ...safe]);
  const again = await httpFabric(JSON.parse(next.said).url, { token: TOKEN });
  expect(await ownerOf(again, NAME, "a")).toMatchObject({ version: "1.0.0", node: undefined });
  await again.close();
  expect(await next.stop()).toMatchObject({ exit: 0, err: "" });
});

it("says what it was used wrongly for", async () => {
  const open = await command(["hub", "--host", "0.0.0.0", "--port", "0"], { cwd });
  expect([open.exit, open.err]).toEqual([2, expect.stringContaining("token")]);
  const directory = await command(["host", "--fabric", "releases", "--port", "5000"], { cwd });
  expect([directory.exit, directory.err]).toEqual([
    2,
    "error: nodes of releases have no address of their own: --host, --port and --url are for those of a hub\n",
  ]);
});
