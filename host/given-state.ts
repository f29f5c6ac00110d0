/** The state that a caller gives a plugin to begin with. */
import { AbiError } from "../abi/error.ts";
import { readSnapshot } from "../abi/state/container.ts";
import type { Passage } from "../abi/state/passage.ts";
import { PluginError } from "./errors.ts";
import type { Build, State } from "./generation/generation.ts";
import { passageFrom } from "./module/passage.ts";

/** A state, and its passage into the version that begins with it. */
export interface Given {
  readonly state: State;
  readonly way: Passage;
}

/** @throws PluginError `bad-snapshot`, `incompatible-state` */
export async function read(build: Build, snapshot: Uint8Array): Promise<Given> {
  try {
    const { datum, ...origin } = await readSnapshot(snapshot);
    return { state: { datum }, way: passageFrom(origin, build) };
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw new PluginError(
      "bad-snapshot",
      `could not load ${build.from} with the given state: ${cause.message}`,
      { cause },
    );
  }
}
