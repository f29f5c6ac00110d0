/** Modules in an OCI registry: Debian's own, and a folder of the same layout. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contract, load } from "../../host/mod.ts";
import { oci, pull, push } from "../../host/oci/mod.ts";
import { newKeys, sign } from "../../host/trust/mod.ts";
import { z } from "zod";
import { versions } from "../versions.ts";
import { dockerRegistry, type DockerRegistry, there, title, USER } from "./docker-registry.ts";

const counter = versions(new URL("../../wasm-plugins/counter/", import.meta.url));

test("x", async () => {
  const r = await dockerRegistry();
  const v1 = await counter("v1");
  const ref = `oci://${r.host}/acme/counter`;
  console.log(await push(ref, v1));
  console.log(await push(ref, v1));
  const p = await pull(`${ref}:1.0.0`);
  console.log({ ...p, bytes: p.bytes.length });
  const plugin = await load(oci(`${ref}:1.0.0`));
  console.log(plugin.name, plugin.version);
  await plugin.close();
  const s = await dockerRegistry({ auth: "htpasswd" });
  const t = `oci://${s.host}/acme/counter`;
  console.log(await push(t, v1).catch(String));
  console.log(await push(t, v1, { credentials: { username: "ada", password: "x" } }).catch(String));
  console.log(await push(t, v1, { credentials: USER }).catch(String));
});
