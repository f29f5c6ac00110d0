/** Signing in by tokens, as most registries want it: Debian's own registry believes a server of the test. */
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pull, push } from "../../host/oci/mod.ts";
import { cert, key } from "../capabilities/certificate.ts";
import { failure } from "../faults/guest.ts";
import { counter } from "./counters.ts";
import { dockerRegistry, there, title } from "./docker-registry.ts";
import { falseRegistry } from "./false-registry.ts";
import { folder } from "./folder.ts";

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token that allows what its scope asks for: `repository:acme/a:pull,push`. */
function tokenOf(scope: string): string {
  const [type, name, actions = ""] = scope.split(":");
  const now = Math.floor(Date.now() / 1_000);
  const x5c = [cert.replace(/-----[A-Z ]+-----|\s/g, "")];
  const head = base64({ typ: "JWT", alg: "ES256", x5c });
  const access = [{ type, name, actions: actions.split(",") }];
  const times = { nbf: now - 60, iat: now - 60, exp: now + 300, jti: randomUUID() };
  const body = base64({ iss: "test", sub: "ada", aud: "test registry", access, ...times });
  const made = sign("sha256", Buffer.from(`${head}.${body}`), {
    key: createPrivateKey(key),
    dsaEncoding: "ieee-p1363",
  });
  return `${head}.${body}.${made.toString("base64url")}`;
}

test.skipIf(!there)(`a token is fetched once for pulls, and once for pushes, of a ${title}`, async () => {
  const scopes: string[] = [];
  const server = await falseRegistry(({ url = "", headers }, response) => {
    const { searchParams } = new URL(url, "http://server/");
    const scope = searchParams.get("scope") ?? "";
    scopes.push(scope);
    const ada = headers.authorization === `Basic ${Buffer.from("ada:correct horse").toString("base64")}`;
    // Everybody may pull.
    if (!ada && scope.includes("push")) return void response.writeHead(401).end();
    response.writeHead(200).end(JSON.stringify({ token: tokenOf(scope), expires_in: 300 }));
  });
  const bundle = join(await folder(), "cert.pem");
  await writeFile(bundle, cert);
  const { host } = await dockerRegistry({
    auth: {
      realm: `http://${server.host}/token`,
      service: "test registry",
      issuer: "test",
      rootcertbundle: bundle,
    },
  });
  const ref = `oci://${host}/acme/counter`;
  const v1 = await counter("v1");
  const credentials = { username: "ada", password: "correct horse" };
  await push(ref, v1, { credentials });
  expect(scopes.splice(0)).toEqual(["repository:acme/counter:pull", "repository:acme/counter:pull,push"]);
  expect((await pull(`${ref}:1.0.0`)).bytes).toEqual(v1);
  expect(scopes.splice(0)).toEqual(["repository:acme/counter:pull"]);
  const refused = await failure(push(`${ref}:2.0.0`, v1));
  expect(refused.message).toBe(
    `[denied] could not use ${ref}:2.0.0: ${host} did not let this program in: ` +
      `http://${server.host}/token gives no token without credentials`,
  );
});
