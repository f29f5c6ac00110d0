/** Registries that do what none should: a server whose answers a test makes up. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import { digestOf } from "../../host/oci/digest.ts";

export interface FalseRegistry {
  /** `127.0.0.1:41234` */
  readonly host: string;
  /** `GET /v2/...`, and the header `authorization` where there was one. */
  readonly asked: { readonly line: string; readonly authorization: string | undefined }[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What is left to end, when the test file is done. */
const begun: Server[] = [];
afterAll(() => {
  for (const server of begun.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

export async function falseRegistry(answer: Answer): Promise<FalseRegistry> {
  const asked: FalseRegistry["asked"] = [];
  const server = createServer((request, response) => {
    asked.push({
      line: `${request.method} ${request.url}`,
      authorization: request.headers.authorization,
    });
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  begun.push(server);
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** A manifest of some bytes. @param more in place of what is right */
export function manifestOf(bytes: Uint8Array, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: {
      mediaType: "application/vnd.wasm.config.v0+json",
      digest: digestOf(new Uint8Array(2)),
      size: 2,
    },
    layers: [{ mediaType: "application/wasm", digest: digestOf(bytes), size: bytes.length }],
    ...more,
  });
}

/** Answers every manifest with one text, and every blob by `blob`. */
export function serving(
  manifest: string,
  blob: Answer = (_, response) => void response.writeHead(404).end(),
): Answer {
  return (request, response) => {
    if (!request.url!.includes("/manifests/")) return blob(request, response);
    response.writeHead(200, { "content-type": OCI_MANIFEST }).end(request.method === "HEAD" ? "" : manifest);
  };
}
