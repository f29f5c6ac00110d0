/** For modules with state: the check of its description, and its way out of a guest and into one. */
export { checkModuleState } from "../../../abi/state/module-state.ts";
export { StateStream } from "./state-stream.ts";
