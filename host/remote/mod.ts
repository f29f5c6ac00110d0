/** `moult/remote`: plugins that are served to other processes, and called from there. */
export { type ConnectOptions, connect, type Remote } from "./connect.ts";
export type { Description } from "./description.ts";
export { type HttpOptions, http } from "./http.ts";
export { type CloseServedOptions, type Listening, type Served, serve, type Transport } from "./serve.ts";
