/** What a plugin undertakes when it is told to: the part that is loaded when the first plugin is. */
export { accept, acceptWhenIdle } from "./accept.ts";
export { mirror } from "./mirror.ts";
export { Quarantine } from "./quarantine.ts";
export { rehearse } from "./rehearse.ts";
export { rollBack } from "./rollback.ts";
export { swap } from "./swap.ts";
