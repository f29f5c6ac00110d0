/** State that crosses where none should. */
import { AbiError } from "../../../abi/error.ts";

/** The imports of a guest that says it has no state: such a guest may have them, and not use them. */
export const NO_STATE = {
  write: () => unasked("written", "asked for"),
  read: () => unasked("read", "offered"),
};

export function unasked(verb: string, how: string): never {
  throw new AbiError("guest", `state was ${verb}, and nobody ${how} it`);
}
