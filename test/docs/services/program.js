// A plugin behind gRPC and a dashboard, and hosted by its name: the same in every runtime. It prints what came of each.
import { readFile } from "node:fs/promises";
import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { contract, load } from "moult";
import { dashboard } from "moult/dashboard";
import { grpc } from "moult/grpc";
import { callReleases, controlRollouts, hostReleases, publish, startRollout } from "moult/release";
import { http, httpFabric, memoryFabric, serve, serveFabric } from "moult/remote";
import { z } from "zod";

const Room = contract("test:keyed/room@1", { say: { params: [z.uint32()], returns: z.uint32() } });
const module = await readFile("room.wasm");

async function shown(plugin) {
  const served = await serve(plugin, http({ port: 0, dashboard: dashboard({ open: true }) }));
  const page = await fetch(`${served.url}dashboard/`);
  const live = await fetch(`${served.url}dashboard/live`);
  const { value } = await live.body.getReader().read();
  await served.close();
  return [page.status, (await page.text()).includes("<html"), live.status, value.length > 0];
}

async function overGrpc(plugin) {
  const served = await serve(plugin, grpc({ port: 0 }));
  const bytes = (value) => Buffer.from(value);
  const method = (path) => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  });
  const paths = {
    check: method("/grpc.health.v1.Health/Check"),
    say: method("/test.keyed.room.v1.Room/Say"),
  };
  const Client = makeGenericClientConstructor(paths, "Room");
  const client = new Client(served.url.replace("grpc://", ""), credentials.createInsecure());
  const ask = (name, sent) =>
    new Promise((resolve, reject) => {
      const done = (error, answer) => (error ? reject(error) : resolve(answer.toString("hex")));
      client[name](Buffer.from(sent), { deadline: Date.now() + 30_000 }, done);
    });
  const answers = [await ask("check", []), await ask("say", [8, 7])];
  client.close();
  await served.close();
  return answers;
}

async function byName() {
  const kept = memoryFabric();
  const hub = await serveFabric(kept, http({ port: 0 }));
  const fabric = await httpFabric(hub.url);
  const node = await hostReleases(fabric);
  const controller = await controlRollouts(fabric);
  const { name, version } = await publish(fabric, module);
  const serving = new Promise((resolve) => {
    node.on("version", ({ status }) => status === "serving" && resolve());
  });
  await startRollout(fabric, name, { to: version });
  await serving;
  const caller = await callReleases(fabric, Room, name);
  const answers = [await caller.call.say(1), await caller.call.say(2)];
  for (const each of [caller, controller, node, fabric, hub, kept]) await each.close();
  return answers;
}

const plugin = await load(module, { isolation: "worker", afterTrap: "restart" });
console.log("dashboard", ...(await shown(plugin)));
console.log("grpc", ...(await overGrpc(plugin)));
await plugin.close();
console.log("release", ...(await byName()));
