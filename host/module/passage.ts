/** Passages: how the state of one version reaches another version. */
import { AbiError } from "../../abi/error.ts";
import { type Passage, passage, type StateOrigin } from "../../abi/state/passage.ts";
import { PluginError } from "../errors.ts";
import { type ModuleInfo, title } from "./info.ts";

/**
 * The passage of the state from one module to another.
 *
 * @returns nothing where no state crosses
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
  // Opaque state crosses between versions of the same plugin name. A plain module is named after its file:
  // there the caller is responsible, and the name is not compared.
  const plugin = to.typed ? name : to.manifest.name;
  return passageFrom({ ...state, plugin, version }, to);
}

/** The passage of a stored state to a module. @throws PluginError `incompatible-state` */
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
