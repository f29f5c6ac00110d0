/** Undertakings that a caller asks for, such as a swap: the part that is loaded with the first of them. */
export { accept, acceptWhenIdle } from "./accept.ts";
export { mirror } from "./mirror.ts";
export { Quarantine } from "./quarantine.ts";
export { rehearse } from "./rehearse.ts";
export { rollBack } from "./rollback.ts";
export { swap } from "./swap.ts";
