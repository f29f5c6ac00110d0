/** What reflection tells: the descriptors of the very `.proto` that a plugin has, and of its health. */
import { fromJSON, load, type PackageDefinition } from "@grpc/proto-loader";
import { protoPath } from "grpc-health-check";
import protobuf from "protobufjs";

const EMPTY = "google/protobuf/empty.proto";

export async function reflected(proto: string): Promise<PackageDefinition> {
  const { root } = protobuf.parse(proto, { keepCase: true });
  if (proto.includes(EMPTY)) root.addJSON(protobuf.common.get(EMPTY)?.nested ?? {});
  return { ...fromJSON(root.toJSON(), { keepCase: true }), ...(await load(protoPath, { keepCase: true })) };
}
