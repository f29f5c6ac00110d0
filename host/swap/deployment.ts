/** Deployments: what runs the calls of a store again is the version that answered them; then the given one takes its place. */
import { run } from "../awaitable.ts";
import type { Contract } from "../contract/contract.ts";
import { parseInterface } from "../contract/interface.ts";
import type { Keep } from "../durable/keep.ts";
import { type Rebuilt, rebuild } from "../durable/rebuild.ts";
import type { Found } from "../durable/store-reading.ts";
import { detail, PluginError } from "../errors.ts";
import type { Build } from "../generation/generation.ts";
import { passageBetween } from "../module/passage.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { Ready } from "./prepare.ts";
import { swap } from "./swap.ts";

export interface Deployment {
  readonly keep: Keep;
  /** Its calls were answered by another version than the one that is deployed. */
  readonly found: Found;
  readonly module: Uint8Array;
  /** For messages: what could not be done. */
  readonly could: string;
  /** For messages: whose calls they are. */
  readonly answered: string;
  /** For messages: where the module is kept. */
  readonly storeName: string;
}

/**
 * Generation 1 is the version that the store keeps, with every call; generation 2 is the given one, by a swap. Neither
 * is joined to what the other wrote.
 *
 * @returns what the kept version ran again
 * @throws PluginError why one of them could not; nothing runs then, and what the store held is in it
 */
export async function deploy(lifecycle: Lifecycle, build: Build, deployment: Deployment): Promise<Rebuilt> {
  const before = await kept(lifecycle, deployment);
  try {
    refuseUnfit(lifecycle, before, build);
  } catch (error) {
    throw refused(deployment, error);
  }
  const made = await caughtUp(lifecycle, before, deployment);
  lifecycle.serve(made.generation);
  try {
    await swap(lifecycle, lifecycle.contracts[0]!, new Ready(build), {});
    return made;
  } catch (error) {
    // The kept version may have ended, and be on its way back.
    lifecycle.close();
    await lifecycle.restarting?.done;
    lifecycle.current.discard();
    throw refused(deployment, error);
  }
}

/** The version that the store keeps. @throws PluginError `bad-store` where it is not the one that answered the calls */
async function kept(lifecycle: Lifecycle, deployment: Deployment): Promise<Build> {
  const { module, found, storeName } = deployment;
  const { plugin, version, digest } = found.head;
  try {
    // Of a module that says nothing of itself this is the name, and the version.
    const build = await lifecycle.maker.fetch(module, { from: `kept:${plugin}-${version}.wasm` });
    if (build.digest === digest) return build;
    throw new PluginError("bad-store", `the module in ${storeName} has the SHA-256 ${build.digest}`);
  } catch (error) {
    throw unable(deployment, error);
  }
}

/** What would be refused in any case is refused before a call runs: a journal may be long, and a call may have effects. */
function refuseUnfit({ contracts }: Lifecycle, before: Build, build: Build): void {
  build.fit(contracts);
  build.candidate({ number: 2, contracts, way: passageBetween(before, build) });
}

/** The kept version, with all that the store tells of it. */
async function caughtUp(lifecycle: Lifecycle, build: Build, deployment: Deployment): Promise<Rebuilt> {
  const { keep, found } = deployment;
  try {
    const contracts = lifecycle.contracts.map((each) => within(each, build));
    return await run(rebuild({ build, contracts, number: 1, keep, recalled: found }));
  } catch (error) {
    throw unable(deployment, error);
  }
}

/**
 * What of a contract a version has. No call is made by it but those that are run again, and what the contract does not
 * say of those, the version does.
 */
function within(contract: Contract, build: Build): Contract {
  const own = build.manifest.interface;
  const named = own ? parseInterface(own, `the manifest of ${build.from}`) : contract.interface;
  const functions = [...contract.functions].filter(([key, type]) =>
    fits(build, { interface: named, functions: new Map([[key, type]]) }),
  );
  return { interface: named, functions: new Map(functions) };
}

function fits(build: Build, contract: Contract): boolean {
  try {
    build.fit([contract]);
    return true;
  } catch (error) {
    if (error instanceof PluginError && error.code === "mismatch") return false;
    throw error;
  }
}

/** The kept version is of no use here. */
function unable({ could, answered }: Deployment, error: unknown): unknown {
  if (!(error instanceof PluginError)) return error;
  const { code, advice } = error;
  const why = `${answered}, which is kept there and could not run them again: ${detail(error)}`;
  return new PluginError(code, `${could}: ${why}; its files are as they were`, { cause: error, advice });
}

/** The given version is of no use here. */
function refused({ could, answered }: Deployment, error: unknown): unknown {
  if (!(error instanceof PluginError)) return error;
  const { code, phase, record, advice } = error;
  const why = `${answered}, whose place this one cannot take: ${record?.cause?.message ?? detail(error)}`;
  const ways = "nothing is lost: load that version and swap later, or mend this one";
  return new PluginError(code, `${could}: ${why}; ${ways}`, { phase, record, advice, cause: error });
}
