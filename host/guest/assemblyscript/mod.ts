/** `moult/assemblyscript`: modules of stock AssemblyScript as plugins. */
export { assemblyscript } from "./adapter.ts";
