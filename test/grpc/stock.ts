/** A stock client of gRPC: made from a `.proto` as any stranger would, without moult. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";

/** As generated clients have it, with promises. */
export interface Stock {
  call(method: string, request: object, options?: CallOptions): Promise<Record<string, unknown>>;
  readonly client: Client;
  close(): void;
}

export interface CallOptions {
  readonly metadata?: Metadata;
  /** Milliseconds. */
  readonly deadline?: number;
  readonly onCall?: (call: { cancel(): void }) => void;
}

export interface StockOptions {
  readonly credentials?: ChannelCredentials;
  readonly options?: ClientOptions;
}

type Invoke = (...args: unknown[]) => { cancel(): void };

const LOADED = { longs: String, enums: String, defaults: true, oneofs: true } as const;

export async function stock(
  proto: string,
  url: string,
  { credentials: own = credentials.createInsecure(), options = {} }: StockOptions = {},
): Promise<Stock> {
  const folder = await mkdtemp(join(tmpdir(), "moult-proto-"));
  const path = join(folder, "plugin.proto");
  await writeFile(path, proto);
  const loaded = loadPackageDefinition(await load(path, LOADED));
  await rm(folder, { recursive: true });
  const [, full] = /^package (.+);$/m.exec(proto)!;
  const [, service] = /^service (\w+)/m.exec(proto)!;
  const found = [...full!.split("."), service!].reduce(
    (at: unknown, key) => (at as Record<string, unknown>)[key],
    loaded,
  );
  const client = new (found as ServiceClientConstructor)(new URL(url).host, own, options);
  return {
    client,
    call: (method, request, { metadata, deadline, onCall } = {}) =>
      new Promise((resolve, reject) => {
        const until = deadline === undefined ? {} : { deadline: Date.now() + deadline };
        const answered = (error: ServiceError | null, answer: Record<string, unknown>) =>
          error ? reject(error) : resolve(answer);
        const invoke = (client as never as Record<string, Invoke>)[method]!;
        const made = invoke.call(client, request, metadata ?? new Metadata(), until, answered);
        onCall?.(made);
      }),
    close: () => client.close(),
  };
}
