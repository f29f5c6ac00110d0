/**
 * Deployments: the version that answered the calls of a store runs them again; then the given version takes
 * its place.
 */
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
  /** The store's content, whose calls another version answered. */
  readonly found: Found;
  readonly module: Uint8Array;
  /** What could not be done, for messages. */
  readonly could: string;
  /** The version that answered the calls, for messages. */
  readonly answered: string;
  /** Where the module is kept, for messages. */
  readonly storeName: string;
}

/**
 * Generation 1 is the version that the store keeps, with every call; generation 2 is the given one, by a
 * swap. Neither is combined with what the other wrote.
 *
 * @returns what the kept version ran again
 * @throws PluginError why one of the two versions failed; nothing then runs, and the store's content is
 * unchanged
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
    // Whoever loads a version has granted it what it asks for.
    await swap(lifecycle, lifecycle.contracts[0]!, new Ready(build), { approve: () => true });
    return made;
  } catch (error) {
    // The kept version may have trapped, and be restarting.
    lifecycle.close();
    await lifecycle.restarting?.done;
    lifecycle.current.discard();
    throw refused(deployment, error);
  }
}

/** The version that the store keeps. @throws PluginError `bad-store` when it did not answer the calls */
async function kept(lifecycle: Lifecycle, deployment: Deployment): Promise<Build> {
  const { module, found, storeName } = deployment;
  const { plugin, version, digest } = found.head;
  try {
    // A module without a manifest gets its name and version from this.
    const build = await lifecycle.maker.fetch(module, { from: `kept:${plugin}-${version}.wasm` });
    if (build.digest === digest) return build;
    throw new PluginError("bad-store", `the module in ${storeName} has the SHA-256 ${build.digest}`);
  } catch (error) {
    throw unable(deployment, error);
  }
}

/** Certain refusals come before any call is run: a journal may be long, and a call may have effects. */
function refuseUnfit({ contracts }: Lifecycle, before: Build, build: Build): void {
  build.fit(contracts);
  build.candidate({ number: 2, contracts, way: passageBetween(before, build) });
}

/** The kept version, with the store's whole content. */
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
 * The part of a contract that a version has. Only recorded calls are made by it; types that the contract
 * lacks for those come from the version.
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

/** The error when the kept version cannot be used. */
function unable({ could, answered }: Deployment, error: unknown): unknown {
  if (!(error instanceof PluginError)) return error;
  const { code, advice } = error;
  const why = `${answered}, which is kept there and could not run them again: ${detail(error)}`;
  return new PluginError(code, `${could}: ${why}; its files are as they were`, { cause: error, advice });
}

/** The error when the given version cannot be used. */
function refused({ could, answered }: Deployment, error: unknown): unknown {
  if (!(error instanceof PluginError)) return error;
  const { code, phase, record, advice } = error;
  const why = `${answered}, whose place this one cannot take: ${record?.cause?.message ?? detail(error)}`;
  const ways = "nothing is lost: load that version and swap later, or mend this one";
  return new PluginError(code, `${could}: ${why}; ${ways}`, { phase, record, advice, cause: error });
}
