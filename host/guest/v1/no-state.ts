/** Refuses state that crosses at the wrong time. */
import { AbiError } from "../../../abi/error.ts";

/** The imports of a guest that declares no state: it may have them, but not call them. */
export const NO_STATE = {
  write: () => outside("written", "save"),
  read: () => outside("read", "restore"),
};

export function outside(verb: string, hook: string): never {
  throw new AbiError("guest", `state was ${verb} outside of a ${hook}`);
}
