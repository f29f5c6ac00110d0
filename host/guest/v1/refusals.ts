/** What stands for a part of an instance that is not there, or not yet. */
import { AbiError } from "../../../abi/error.ts";
import { REALLOC } from "../../../abi/v1.ts";

/** Called when a value that needs memory is lowered into a guest without memory. */
export function helpless(): never {
  throw new AbiError("guest", `it has no export ${REALLOC}, which what it is given calls for`);
}

/** Called when an import runs during instantiation, in which guests that follow the ABI run no code. */
export function early(): never {
  throw new AbiError(
    "guest",
    "it called out while it was instantiated, when its memory cannot be read; export _initialize, and have no start section",
  );
}
