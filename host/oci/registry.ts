/** Registries: artifacts behind the HTTP API of the OCI distribution specification. */
import { printable } from "../../abi/printable.ts";
import { type ErrorCode, PluginError } from "../errors.ts";
import { chunksOf, drop, smallBody } from "./body.ts";
import { broken, type Connection } from "./connection.ts";
import { DIGEST, differs, digestOf, readVerified } from "./digest.ts";
import { type Descriptor, INDEX_TYPE, MANIFEST_TYPE, MOST_MANIFEST, type Packed } from "./manifest.ts";
import type { RegistryPlace } from "./reference.ts";
import type { ArtifactStore, Asking, AskingContent, FoundManifest } from "./store.ts";

const ACCEPT = `${MANIFEST_TYPE}, ${INDEX_TYPE}`;
/** The most bytes of an answer that tells of a failure. */
const MOST_REFUSAL = 8_192;
/** How often a manifest is sent, which is the same each time. */
const TRIES = 3;

export class RegistryStore implements ArtifactStore {
  readonly url: URL;
  readonly #connection: Connection;

  /** @param base where the registry answers: `https://ghcr.io/` */
  constructor(base: URL, { repository }: RegistryPlace, connection: Connection) {
    this.url = new URL(`v2/${repository}/`, base);
    this.#connection = connection;
  }

  async tagged(tag: string, asking: Asking): Promise<FoundManifest> {
    const { bytes, told } = await this.#manifest(tag, asking);
    const digest = digestOf(bytes);
    if (told !== null && DIGEST.test(told) && told !== digest)
      throw differs(asking.from, `its manifest has the digest ${digest}, and the registry says ${told}`);
    return { digest, bytes };
  }

  async manifest(digest: string, asking: Asking): Promise<Uint8Array> {
    const { bytes } = await this.#manifest(digest, asking);
    const found = digestOf(bytes);
    if (found === digest) return bytes;
    throw differs(asking.from, `its manifest has the digest ${found}, wanted ${digest}`);
  }

  async content({ digest, size }: Descriptor, asking: AskingContent): Promise<Uint8Array> {
    const { from, most, onBytes, signal } = asking;
    const url = new URL(`blobs/${digest}`, this.url);
    const response = await this.#connection.ask({ url, method: "GET", action: "pull", from, signal });
    await this.#check(response, asking);
    try {
      return await readVerified(chunksOf(response), { digest, size, most, from, onBytes });
    } catch (cause) {
      if (cause instanceof PluginError) throw cause;
      signal.throwIfAborted();
      throw broken(cause, { from, at: url });
    }
  }

  async put({ manifest, blobs }: Packed, tag: string, asking: Asking): Promise<void> {
    for (const each of blobs) await this.#uploaded(each, asking);
    const url = new URL(`manifests/${tag}`, this.url);
    const headers = { "content-type": MANIFEST_TYPE };
    const request = { ...asking, url, method: "PUT", action: "pull,push", headers, body: manifest } as const;
    // A registry may read a manifest that another client is just writing there, and blame its digest.
    for (let left = TRIES; ; left--) {
      const response = await this.#connection.ask(request);
      if (response.ok || left === 1 || !(response.status === 400 || response.status >= 500)) {
        await this.#check(response, asking);
        drop(response);
        return;
      }
      drop(response);
    }
  }

  async #manifest(
    name: string,
    asking: Asking,
  ): Promise<{ readonly bytes: Uint8Array; readonly told: string | null }> {
    const { from, signal } = asking;
    const url = new URL(`manifests/${name}`, this.url);
    const headers = { accept: ACCEPT };
    const response = await this.#connection.ask({
      url,
      method: "GET",
      action: "pull",
      headers,
      from,
      signal,
    });
    await this.#check(response, asking);
    try {
      const bytes = await smallBody(response, MOST_MANIFEST, `the manifest of ${from}`);
      return { bytes, told: response.headers.get("docker-content-digest") };
    } catch (cause) {
      if (cause instanceof PluginError) throw cause;
      signal.throwIfAborted();
      throw broken(cause, { from, at: url });
    }
  }

  /** A registry may fail while another client writes the same: what has a digest may be written again. */
  async #uploaded(blob: Packed["blobs"][number], asking: Asking): Promise<void> {
    for (let left = TRIES; ; left--) {
      try {
        return await this.#upload(blob, asking);
      } catch (error) {
        asking.signal.throwIfAborted();
        if (left === 1 || !(error instanceof PluginError) || error.code !== "unavailable") throw error;
      }
    }
  }

  /** In one piece, which every registry takes. Nothing where the registry has it already. */
  async #upload(blob: Packed["blobs"][number], asking: Asking): Promise<void> {
    const action = "pull,push";
    const there = new URL(`blobs/${blob.digest}`, this.url);
    const found = await this.#connection.ask({ ...asking, url: there, method: "HEAD", action });
    drop(found);
    if (found.ok) return;
    if (found.status !== 404) await this.#check(found, asking);
    const start = new URL("blobs/uploads/", this.url);
    const begun = await this.#connection.ask({ ...asking, url: start, method: "POST", action });
    await this.#check(begun, asking);
    drop(begun);
    const location = begun.headers.get("location");
    if (location === null)
      throw new PluginError("bad-peer", `could not push ${asking.from}: its registry does not say where to`);
    const url = await this.#connection.led(start, location, asking);
    url.searchParams.set("digest", blob.digest);
    const headers = { "content-type": "application/octet-stream" };
    const done = await this.#connection.ask({
      ...asking,
      url,
      method: "PUT",
      action,
      headers,
      body: blob.bytes,
    });
    await this.#check(done, asking);
    drop(done);
  }

  /** @throws PluginError for an answer that is none of success */
  async #check(response: Response, { from }: Asking): Promise<void> {
    const { ok, status } = response;
    if (ok) return;
    const said = await refusalIn(response);
    const why = `${this.url.host} answers ${status}${said === "" ? "" : ` (${said})`}`;
    throw new PluginError(codeOf(status), `could not use ${from}: ${why}`);
  }
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return "denied";
  if (status === 404 || status === 410) return "not-found";
  if (status === 413) return "too-large";
  return status === 408 || status === 429 || status >= 500 ? "unavailable" : "bad-peer";
}

/** What a registry says of a failure, for people. */
async function refusalIn(response: Response): Promise<string> {
  try {
    const json = JSON.parse(new TextDecoder().decode(await smallBody(response, MOST_REFUSAL, "a refusal")));
    const [{ code = "", message = "" } = {}] = json.errors ?? [];
    return printable(
      [code, message].filter((each) => typeof each === "string" && each !== "").join(": "),
      512,
    );
  } catch {
    return "";
  }
}
