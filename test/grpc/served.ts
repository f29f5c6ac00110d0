/** Plugins that are served over gRPC, with a stock client, until a test ends. */
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { afterEach, expect } from "vitest";
import { type GrpcOptions, grpc, proto } from "../../host/grpc/mod.ts";
import { load, type Plugin } from "../../host/mod.ts";
import { type Served, serve } from "../../host/remote/mod.ts";
import { versions } from "../versions.ts";
import { type Stock, type StockOptions, stock } from "./stock.ts";

export const faults = versions(new URL("../guests/faults/", import.meta.url));
export const limits = versions(new URL("../guests/limits/", import.meta.url));
export const TOKEN = "0123456789abcdef0123456789abcdef";

/** What is closed after the test, the last first. */
export const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

export interface Serving {
  readonly plugin: Plugin;
  readonly served: Served;
  readonly client: Stock;
}

export async function serving(
  given: unknown,
  options: GrpcOptions = {},
  own: StockOptions = {},
): Promise<Serving> {
  const plugin = given as Plugin;
  open.push(plugin);
  const served = await serve(plugin, grpc(options));
  open.push(served);
  const client = await stock(proto(plugin), served.url, own);
  open.push(client);
  return { plugin, served, client };
}

export const shapes = async (options?: GrpcOptions, own?: StockOptions) =>
  serving(await load(await faults("shapes")), options, own);

/** What a call failed with, as its caller reads it. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const error: ServiceError = await call.then(
    (answer) => expect.unreachable(`it answered ${JSON.stringify(answer)}`),
    (error) => error,
  );
  const { code, details, metadata } = error;
  return { code, details, moult: metadata.get("moult-code")[0], more: detailsOf(metadata) };
}
export interface Refusal {
  readonly code: number;
  readonly details: string;
  readonly moult: unknown;
  readonly more: Readonly<Record<string, Uint8Array>>;
}

const STATUS = protobuf.parse(`syntax = "proto3";
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message ErrorInfo { string reason = 1; string domain = 2; }
  message Text { string value = 1; }`).root;
export const read = (type: string, bytes: Uint8Array) => STATUS.lookupType(type).decode(bytes).toJSON();

/** A `google.rpc.Status`, as every library of gRPC reads it. @returns its details by their types */
function detailsOf(metadata: Metadata): Record<string, Uint8Array> {
  const [bytes] = metadata.get("grpc-status-details-bin");
  if (bytes === undefined) return {};
  const { details } = STATUS.lookupType("Status").decode(bytes as Buffer) as never as {
    readonly details: { readonly typeUrl: string; readonly value: Uint8Array }[];
  };
  return Object.fromEntries(details.map((each) => [each.typeUrl, each.value]));
}

/** A call of bytes as they are. */
export function raw({ client }: Stock, method: string, bytes: Buffer, service = SHAPES): Promise<Buffer> {
  const same = (each: Buffer) => each;
  return new Promise((resolve, reject) => {
    const path = `/${service}/${method}`;
    client.makeUnaryRequest(path, same, same, bytes, (error, answer) =>
      error ? reject(error) : resolve(answer!),
    );
  });
}

const SHAPES = "test.faults.counter.v1.Counter";

export const bearer = (token: string) => {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  return metadata;
};
