/** What `moult run` lets a plugin read, keep and send. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { module } from "../capabilities/keeper.ts";
import { server } from "../capabilities/servers.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
await write("keeper.wasm", await module("keeper"));
await write("caller.wasm", await module("caller"));
const run = (...args: string[]) => command(["run", ...args], { cwd });

it("gives texts of the command line to read", async () => {
  const texts = ["--config", "greeting=a=b", "--config", "__proto__=x", "--config", "empty="];
  const read = async (key: string) =>
    (await run("keeper.wasm", "setting", key, "--grant", "kv", ...texts)).out;
  expect([await read("greeting"), await read("__proto__"), await read("empty")]).toEqual([
    '"a=b"\n',
    '"x"\n',
    '""\n',
  ]);
  expect(await read("constructor")).toBe("null\n");
});

it("keeps values in memory, or in a folder", async () => {
  const keep = (...args: string[]) => run("keeper.wasm", ...args, "--grant", "config");
  expect(await keep("put", "a", "b", "--grant", "kv")).toEqual({ exit: 0, out: '""\n', err: "" });
  expect((await keep("text", "a", "--grant", "kv")).out).toBe("null\n");
  expect(await keep("put", "a", "b", "--kv", "data")).toEqual({ exit: 0, out: '""\n', err: "" });
  expect(await keep("text", "a", "--kv", "data")).toEqual({ exit: 0, out: '"b"\n', err: "" });
  // The directory is given back.
  expect(existsSync(join(cwd, "data", "LOCK"))).toBe(false);
});

it("names what a plugin asks for, and the options that give it", async () => {
  expect(await run("keeper.wasm", "writes")).toEqual({
    exit: 1,
    out: "",
    err:
      "error: [missing-grant] could not load keeper 1.0.0: it asks for what it was not granted: moult:config/store@1.0.0, moult:keyvalue/store@1.0.0\n" +
      "hint: give it --config KEY=VALUE --grant kv\n",
  });
  expect((await run("caller.wasm", "get", "x")).err).toContain("hint: give it --http ORIGIN\n");
});

it.each<[string[], number, string]>([
  [["--config", "greeting"], 2, "could not use --config greeting: wanted KEY=VALUE"],
  [["--config", "=x"], 2, "could not use --config =x: wanted KEY=VALUE"],
  [["--http", "example.com"], 2, 'could not use allow: found string "example.com", which is no origin'],
  [["--http", "https://a.example", "--http-method", "TRACE"], 2, "could not use methods"],
  [["--kv", "photos"], 1, "found photo.jpg, which are no buckets"],
])("refuses %j", async (args, exit, problem) => {
  await write("photos/photo.jpg", "");
  const answer = await run("keeper.wasm", "writes", "--grant", "kv", "--grant", "config", ...args);
  expect([answer.exit, answer.out, answer.err]).toEqual([exit, "", expect.stringContaining(problem)]);
});

it("sends to the origins of the command line, and by its methods", async () => {
  const { origin } = await server((request, response) => void response.end(request.method));
  const send = (...args: string[]) => run("caller.wasm", ...args);
  expect(await send("get", origin, "--http", origin)).toEqual({ exit: 0, out: '"200 - GET"\n', err: "" });
  expect((await send("post", origin, "x", "--http", origin)).out).toContain("denied: found the method POST");
  expect((await send("post", origin, "x", "--http", origin, "--http-method", "POST")).out).toBe(
    '"200 - POST"\n',
  );
  expect((await send("get", origin, "--grant", "http")).out).toContain("denied: ");
});

it("rehearses with an empty configuration, an empty bucket, and no requests", async () => {
  writeFileSync(join(cwd, "drive.json"), '[["put", "a", "b"], ["text", "a"], ["setting", "x"]]');
  const kept = await command(
    ["check", "keeper.wasm", "--from", "keeper.wasm", "--grant", "config,kv", "--drive", "drive.json"],
    { cwd },
  );
  expect([kept.exit, kept.err]).toEqual([0, ""]);
  const sent = await command(["check", "caller.wasm", "--from", "caller.wasm", "--grant", "http"], { cwd });
  expect([sent.exit, sent.err]).toEqual([0, ""]);
});
