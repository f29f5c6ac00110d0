/** Releases: versions of plugins as a fabric keeps them. Each is written once, and never changes. */
import * as z from "zod/mini";
import { AbiError, type Manifest, parseManifest } from "../../abi/tools.ts";
import { PluginError } from "../errors.ts";
import { examine } from "../examine.ts";
import type { Entry, Fabric } from "../fabric/fabric.ts";
import { title } from "../module/info.ts";
import { misfit } from "../option.ts";
import { releaseKey, releasesKey } from "./address.ts";
import { readRecord, recordBytes } from "./record.ts";

export interface Release {
  readonly name: string;
  readonly version: string;
  /** Of its bytes, as `integrity` of `load` takes it. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** The version of moult's ABI. */
  readonly abi: number;
  /** Its functions with their types, and its interface: what callers hold their contracts against. */
  readonly manifest: Manifest;
  /** The fingerprint of its state's schema; nothing for a plugin without state. */
  readonly state?: string;
}

/** The ABI of the modules that this release of moult publishes. */
const ABI = 1;
/** Bytes of a module. */
const MOST = 2 ** 30;

const releaseSchema = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string().check(z.regex(/^sha256-[A-Za-z0-9+/]{43}=$/, "wanted a digest")),
  size: z.int().check(z.nonnegative(), z.lte(MOST)),
  abi: z.int(),
  manifest: z.unknown(),
  state: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/, "wanted a fingerprint"))),
});

/**
 * Publishes a module: checks it, and writes its bytes and what it is into the fabric, once. The same bytes may be
 * published again, and nothing happens.
 *
 * @throws PluginError `integrity` where this version was published with other bytes; `too-large`; those of `examine`
 * and of the fabric
 * @example const { version } = await publish(fabric, await readFile("build/visits.wasm"));
 */
export async function publish(fabric: Fabric, bytes: Uint8Array): Promise<Release> {
  if (!(bytes instanceof Uint8Array)) throw misfit(bytes, "the bytes of publish", "a Uint8Array");
  const { manifest, problem } = await examine(bytes);
  const what = title({ manifest });
  if (problem !== undefined) throw new PluginError("invalid-module", `could not publish ${what}: ${problem}`);
  const key = releaseKey(manifest.name, manifest.version);
  const digest = await fabric.blobs.put(bytes);
  const release: Release = {
    name: manifest.name,
    version: manifest.version,
    digest,
    size: bytes.length,
    abi: ABI,
    manifest: outline(manifest),
    ...(manifest.state && { state: manifest.state.fingerprint }),
  };
  const record = recordBytes(release);
  if (record.length > fabric.maxMessageBytes) {
    const why = `what it says of its functions has ${record.length} bytes; at most ${fabric.maxMessageBytes} fit`;
    throw new PluginError("too-large", `could not publish ${what}: ${why} into a value of ${fabric.shown}`);
  }
  if ((await fabric.kv.create(key, record)) !== undefined) return release;
  const there = await releaseOf(fabric, manifest.name, manifest.version);
  if (there?.digest === digest) return there;
  const why = `this version was published with the digest ${there?.digest}, and these bytes have ${digest}`;
  throw new PluginError("integrity", `could not publish ${what}: ${why}; give them a version of their own`);
}

/** What callers and nodes need of a manifest. */
function outline({ name, version, strings, interface: own, exports, imports }: Manifest): Manifest {
  const bare = ({ docs: _, ...rest }: Manifest["exports"][number]) => rest;
  return {
    name,
    version,
    strings,
    ...(own !== undefined && { interface: own }),
    exports: exports.map(bare),
    imports: imports.map((each) => ({ ...each, functions: each.functions.map(bare) })),
  };
}

/** @throws PluginError `bad-peer` for what is no release; those of the fabric */
export async function releaseOf(fabric: Fabric, name: string, version: string): Promise<Release | undefined> {
  const entry = await fabric.kv.get(releaseKey(name, version));
  return entry && readRelease(entry, name, version);
}

/**
 * The versions of a plugin that were published.
 *
 * @throws PluginError `bad-peer`; those of the fabric
 */
export async function releasesOf(fabric: Fabric, name: string): Promise<Release[]> {
  const keys = await fabric.kv.keys(releasesKey(name));
  const entries = await Promise.all(keys.map((key) => fabric.kv.get(key)));
  return entries.flatMap((entry) => (entry ? readRelease(entry, name) : []));
}

function readRelease(entry: Entry, name: string, version?: string): Release {
  const what = `the release ${name}${version === undefined ? "" : ` ${version}`}`;
  const { manifest: json, ...release } = readRecord(releaseSchema, entry, what);
  const fault = (why: string, cause?: unknown) =>
    new PluginError("bad-peer", `could not read ${what}: ${why}`, { cause });
  if (release.abi > ABI)
    throw fault(`it is of the version ${release.abi} of the ABI, and known are those up to ${ABI}`);
  let manifest: Manifest;
  try {
    manifest = parseManifest(recordBytes(json ?? null));
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw fault(cause.message, cause);
  }
  const said = [release, manifest].every(
    (each) => each.name === name && each.version === (version ?? release.version),
  );
  if (!said) throw fault(`it says that it is ${title({ manifest })}`);
  const { state, ...rest } = release;
  return { ...rest, manifest, ...(state !== undefined && { state }) };
}
