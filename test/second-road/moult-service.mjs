// A plugin, served over HTTP: moult-service.mjs PORT FILE CALLERS-TOKEN OPERATORS-TOKEN
import { readFile } from "node:fs/promises";
import { load } from "moult";
import { closeOnSignal } from "moult/node";
import { http, serve } from "moult/remote";

const [port, file, callers, operators] = process.argv.slice(2);
const plugin = await load(await readFile(file), { isolation: "worker", afterTrap: "restart" });
const token = [callers, { token: operators, verbs: ["call", "swap"] }];
const served = await serve(plugin, http({ port: Number(port), token }));
closeOnSignal([served, plugin]);
console.log("ready");
