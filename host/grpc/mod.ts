/** `moult/grpc`: plugins as services of gRPC, for clients made from a `.proto`. */
export { grpc } from "./grpc.ts";
export type { GrpcOptions, GrpcTls } from "./grpc-options.ts";
export { type ProtoSource, proto } from "./proto-source.ts";
