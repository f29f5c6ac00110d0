/**
 * A program that trusts the certificate of a test: `node secure-child.ts <port>`. Prints what requests to two names
 * at one address come to.
 */
import { httpOver } from "../../host/capabilities/http/http.ts";
import { httpTransport } from "../../host/capabilities/http/http-transport-node.ts";

const [port] = process.argv.slice(2);
const names = ["api.example.com", "other.example.com"];
const transport = httpTransport(async () => ["127.0.0.1"]);
const allow = names.map((name) => `https://${name}:${port}`);
const grant = httpOver(transport, { allow, privateAddresses: ["127.0.0.1"] });
const { signal } = new AbortController();
const { send } = grant.make({ plugin: "p", signal, callId: () => "" }) as unknown as {
  send(request: unknown): Promise<{ readonly body: Uint8Array }>;
};
for (const url of allow) {
  const told = send({ method: "GET", url, headers: [], body: new Uint8Array(0) }).then(
    ({ body }) => new TextDecoder().decode(body),
    (error: Error) => error.message,
  );
  console.log(await told);
}
