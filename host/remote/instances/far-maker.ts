/** Makes generations that run at a server. Loaded with the first of them. */
import { PluginError } from "../../errors.ts";
import type { NearOptions } from "../../generation/near-options.ts";
import type { MakerAt } from "../../generation/place.ts";
import { moult } from "../../guest/moult.ts";
import { HostPool } from "../../worker/host-pool.ts";
import { WorkerMaker } from "../../worker/worker-maker.ts";
import type { Line } from "../line.ts";
import { FarHost } from "./far-host.ts";
import { InstanceServer } from "./instance-server.ts";

/** @param line makes the way to the server */
export function makerAt(line: () => Line): MakerAt {
  return (surroundings, given) => {
    const options = given as NearOptions;
    if (options.adapter !== moult) {
      const why = "only modules of moult's own ABI run elsewhere; leave out abi";
      throw new PluginError("argument", `could not run ${surroundings.plugin} elsewhere: ${why}`);
    }
    const server = new InstanceServer(line(), options.limits);
    const hosts = new HostPool((module) => new FarHost(server, module));
    return new WorkerMaker(surroundings, options, { hosts, place: server.shown });
  };
}
