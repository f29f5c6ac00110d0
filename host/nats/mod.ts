/** `moult/nats`: a fabric on NATS. */
export { type NatsFabricOptions, natsFabric } from "./nats-fabric.ts";
