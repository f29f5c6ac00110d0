/** Candidates: a new version on its way, found fit before anything of it runs. */
import { AbiError } from "../../abi/error.ts";
import { type Passage, passage, type StateOrigin } from "../../abi/state/state.ts";
import type { Binding } from "../contract/view.ts";
import { PluginError } from "../errors.ts";
import type { Grant } from "../grant/capability.ts";
import { linkage } from "../grant/link.ts";
import { type PluginModule, title } from "../module/module.ts";
import type { Candidate } from "../swap/swap.ts";
import { type Lineage, NearGeneration } from "./near.ts";

export interface CandidateOptions {
  readonly module: PluginModule;
  readonly grants: readonly Grant[];
  readonly lineage: Lineage;
  /** Asked for each generation: views may come while it is on its way. */
  readonly bindings: () => readonly Binding[];
  readonly number: number;
  /** How the state will reach it; none for a fresh start. */
  readonly way: Passage | undefined;
}

/**
 * A module that may become a generation of a plugin in this process.
 *
 * @throws PluginError `missing-grant`, `bad-grant`, `no-suspension`
 */
export function nearCandidate(options: CandidateOptions): Candidate<NearGeneration> {
  const { module, grants, lineage, bindings, number, way } = options;
  const links = linkage(module, grants);
  let pages: number | undefined;
  // Spelled out: of objects that are spread into each other every one has a shape of its own.
  const made = (mode: "looking" | "held", room: number | undefined) =>
    new NearGeneration({
      number,
      module,
      linkage: links,
      lineage,
      mode,
      bindings: bindings(),
      passage: way,
      pages: room,
    });
  return {
    twin(state) {
      // States take at least as much memory as bytes, and allocators round up.
      const room =
        state &&
        (module.manifest.memory?.initial ?? 0) + 4 + Math.ceil((state.datum.length * 1.125) / 65_536);
      const twin = made("looking", room);
      try {
        twin.start();
        if (state) twin.restore(state);
        twin.check();
      } catch (error) {
        twin.discard();
        throw error;
      }
      pages = twin.instance.pages();
      return twin;
    },
    successor() {
      const successor = made("held", pages);
      try {
        return successor.start();
      } catch (error) {
        successor.discard();
        throw error;
      }
    },
  };
}

/**
 * How the state of one module reaches another.
 *
 * @throws PluginError `incompatible-state` naming the field, or the step that is missing
 */
export function passageBetween(from: PluginModule, to: PluginModule): Passage | undefined {
  if (!from.manifest.state) return undefined;
  if (!to.manifest.state) {
    throw new PluginError(
      "incompatible-state",
      `${title(from)} has state, and ${title(to)} has none to take it over; say reset: true to begin without it`,
    );
  }
  const { name, version, state } = from.manifest;
  // Opaque state passes by the plugin's name. That of a plain module is its file's: there the caller vouches, not the name.
  const plugin = to.adapter.typed ? name : to.manifest.name;
  return passageFrom({ ...state, plugin, version }, to);
}

/** @throws PluginError `incompatible-state` */
export function passageFrom(state: StateOrigin, to: PluginModule): Passage {
  if (!to.manifest.state) {
    throw new PluginError("incompatible-state", `${title(to)} has no state, so it cannot take any over`);
  }
  try {
    return passage(state, to.manifest.state, to.manifest);
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw new PluginError(
      "incompatible-state",
      `the state does not cross to ${title(to)}: ${cause.message}`,
      { cause, advice: cause.advice },
    );
  }
}
