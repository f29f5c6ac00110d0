/** The echo as a service of gRPC, from the `.proto` that moult writes, for a stock server and a stock client. */
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { load } from "moult";
import { proto } from "moult/grpc";
import protobuf from "protobufjs";
import { Echo } from "../contract.ts";
import { read } from "./assemblyscript.ts";

export async function echoService(guests: string): Promise<ServiceClientConstructor> {
  const plugin = await load(Echo, read(guests, "echo.wasm"));
  const text = proto(plugin);
  await plugin.close();
  const [, path] = /^package (.+);$/m.exec(text)!;
  const [, name] = /^service (\w+)/m.exec(text)!;
  const json = protobuf.parse(text, { keepCase: true }).root.toJSON();
  const loaded = loadPackageDefinition(fromJSON(json, { longs: String, defaults: true }));
  const found = [...path!.split("."), name!].reduce((at, key) => at[key] as GrpcObject, loaded);
  return found as unknown as ServiceClientConstructor;
}
