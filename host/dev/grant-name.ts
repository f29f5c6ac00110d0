/** The names by which the tools grant the capabilities that come with moult. */
import { config, http, kv } from "../capabilities/mod.ts";
import { clock, type Grant, log, random } from "../mod.ts";
import { GRANTS } from "./settings.ts";

export type GrantName = (typeof GRANTS)[number];

/** The name for an interface: `moult:log/log@1.0.0` is served by `log`. */
export function grantNameOf(wanted: string): GrantName | undefined {
  const path = wanted.replace(/@.*$/, "");
  return GRANTS.find((name) => OF[name]().some((grant) => grant.interface.path === path));
}

const OF: Readonly<Record<GrantName, () => readonly Grant[]>> = {
  log: () => [log(console)],
  clock: () => clock(),
  random: () => [random()],
  config: () => [config({})],
  kv: () => [kv()],
  http: () => [http({ allow: [] })],
};
