/** Passages: how the state of one version reaches another. */
import { AbiError } from "../../abi/error.ts";
import { type Passage, passage, type StateOrigin } from "../../abi/state/state.ts";
import { PluginError } from "../errors.ts";
import { type ModuleInfo, title } from "./info.ts";

/**
 * How the state of one module reaches another.
 *
 * @returns nothing where there is no state to cross
 * @throws PluginError `incompatible-state` naming the field, or the step that is missing
 */
export function passageBetween(from: ModuleInfo, to: ModuleInfo): Passage | undefined {
  if (!from.manifest.state) return undefined;
  if (!to.manifest.state) {
    throw new PluginError(
      "incompatible-state",
      `${title(from)} has state, and ${title(to)} has none to take it over; say reset: true to begin without it`,
    );
  }
  const { name, version, state } = from.manifest;
  // Opaque state passes by the plugin's name. That of a plain module is its file's: there the caller vouches, not the name.
  const plugin = to.typed ? name : to.manifest.name;
  return passageFrom({ ...state, plugin, version }, to);
}

/** How a state that was kept reaches a module. @throws PluginError `incompatible-state` */
export function passageFrom(state: StateOrigin, to: ModuleInfo): Passage {
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
