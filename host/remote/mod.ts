/** `moult/remote`: plugins that are served to other processes, and called from there. */
export {
  type Blobs,
  type CallOptions,
  type Change,
  type Entry,
  type Fabric,
  type Handler,
  type KeyValue,
  type Message,
  type Serving,
  Unserved,
  type Watching,
} from "../fabric/fabric.ts";
export { type HttpFabricOptions, type HttpNodeOptions, httpFabric } from "../fabric/http-fabric.ts";
export { type MemoryFabricOptions, memoryFabric } from "../fabric/memory-fabric.ts";
export { type ServedFabric, serveFabric } from "../fabric/serve-fabric.ts";
export type { Pem, TlsOptions } from "./certificates.ts";
export { type ConnectOptions, connect, type Remote } from "./connect.ts";
export type { Dashboard } from "./dashboard.ts";
export type { Description } from "./description.ts";
export { type HttpOptions, type HttpTransport, http } from "./http.ts";
export { type AtOptions, at } from "./instances/at.ts";
export {
  type ServedInstances,
  type ServeInstancesOptions,
  serveInstances,
} from "./instances/serve-instances.ts";
export { type MessagePortOptions, messagePort } from "./message-port.ts";
export type { RemoteProbation, RemoteSwapOptions } from "./operation-query.ts";
export type { Patience } from "./patience.ts";
export type { PortLike } from "./port-channel.ts";
export { type Problem, problemOf } from "./problem.ts";
export type { RemoteOperations } from "./remote-operations.ts";
export { type CloseServedOptions, type Listening, type Served, serve, type Transport } from "./serve.ts";
export type { ServedMeasures, VersionMeasures } from "./served-measures.ts";
export type { CallMeasure } from "./service.ts";
export type { TokenGrant } from "./tokens.ts";
export { type Trace, traceContext } from "./trace.ts";
export type { RemoteStatus } from "./transition-json.ts";
export { VERBS, type Verb } from "./verb.ts";
