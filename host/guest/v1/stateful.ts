/** What modules with state take: the check of what they say of it, and its way out of a guest and into one. */
export { checkModuleState } from "../../../abi/state/module-state.ts";
export { StateStream } from "./state-stream.ts";
