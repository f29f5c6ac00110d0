/** A program that waits for nothing but its plugin's threads: `alone.ts MODULE`. Prints what it saw. */
import { readFileSync } from "node:fs";
import { load, type PluginError } from "../../host/mod.ts";

const module = readFileSync(process.argv[2]!);
const plugin = await load(module, {
  isolation: "worker",
  limits: { deadline: 100 },
  afterTrap: "restart",
});
const { arm, armed, spin } = plugin.call;
await arm!(7);
await spin!().catch((error: PluginError) => console.log(error.code));
console.log(await armed!());
await plugin.swap(module);
console.log(await armed!(), plugin.generation);
await plugin.close();
// An open plugin that nothing waits for does not keep the process.
await load(module, { isolation: "worker", afterTrap: "restart" });
console.log("closed");
