/** Undertakings that a plugin's caller asks for: the part that is loaded with the first plugin. */
export { accept, acceptWhenIdle } from "./accept.ts";
export { mirror } from "./mirror.ts";
export { Quarantine } from "./quarantine.ts";
export { rehearse } from "./rehearse.ts";
export { rollBack } from "./rollback.ts";
export { swap } from "./swap.ts";
