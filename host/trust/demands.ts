/**
 * Demands: what a module has to prove before anything of it is compiled. This part is loaded when it is first
 * needed.
 */
import { digestOf } from "../../abi/state/avro/digest.ts";
import { PluginError } from "../errors.ts";
import { misfit } from "../option.ts";
import { checkIntegrity, expectedDigest } from "./integrity.ts";
import { checkedLock, identityOf, type Lock, lockedIn } from "./lock.ts";
import { publicKey } from "./public-key.ts";
import { signersOf } from "./signers.ts";
import { ownSources, type Rules, rulesOf, type Sources } from "./sources.ts";
import { type Demanded, demandedBy, ownTrust, type Trust } from "./trust.ts";

/** What is demanded of every module of a plugin. */
export interface Demands {
  /** Whose signatures it has to have. @default nobody's */
  readonly trust?: Trust | undefined;
  /** Where it may come from. @default anywhere, without redirects */
  readonly sources?: Sources | undefined;
  /** The modules that may be loaded. @default any */
  readonly lock?: Lock | undefined;
}

/** A signature of its own: the bytes of the file, or where they are. */
export type Detached = Uint8Array | ArrayBuffer | URL;

/** What is said of one module. */
export interface Proofs extends Demands {
  /** The SHA-256 that its bytes must have. @default any */
  readonly integrity?: string | undefined;
  /** Signatures that lie apart from it. @default those in it */
  readonly signature?: Detached | readonly Detached[] | undefined;
}

/** What a source brought; without bytes it came compiled. */
interface Brought {
  readonly from: string;
  readonly bytes?: Uint8Array;
  /** Those that came with it. */
  readonly signatures?: readonly Uint8Array[];
}

/** Reads a source. @param more options in place of those that were given */
type Read<F> = (source: never, more?: { readonly maxSourceBytes: number }) => Promise<F>;

/** What later modules have to prove, which the caller cannot change any more. @throws PluginError `argument`, `bad-lock` */
export function ownProofs({ trust, sources, lock, signature }: Proofs): Proofs {
  return {
    ...(trust !== undefined && { trust: ownTrust(trust) }),
    ...(sources !== undefined && { sources: ownSources(sources) }),
    ...(lock !== undefined && { lock: checkedLock(lock) }),
    ...(signature !== undefined && { signature: detachedIn(signature).map(owned) }),
  };
}

/**
 * Reads a source that has to prove something.
 *
 * @throws PluginError `argument`, `forbidden-source`, `integrity`, `untrusted`, `bad-signature`, `bad-lock`,
 * `lock-differs`; what the reading throws
 */
export async function proven<F extends Brought>(source: unknown, proofs: Proofs, read: Read<F>): Promise<F> {
  const { integrity, trust, lock, signature, sources } = proofs;
  const wanted = integrity === undefined ? undefined : expectedDigest(integrity);
  const detached = detachedIn(signature);
  if (signature !== undefined && trust === undefined && lock === undefined)
    throw misfit(signature, "signature", "trust beside it: a signature is checked by the keys there");
  const demanded = trust && (await demandedBy(ownTrust(trust)));
  const locked = lock === undefined ? undefined : checkedLock(lock);
  const rules = sources === undefined ? undefined : rulesOf(sources);
  if (rules) for (const each of [source, ...detached]) admit(each, rules);
  const [fetched, ...signatures] = await Promise.all([
    read(source as never),
    ...detached.map((each) => signatureBytes(each, read)),
  ]);
  const { from, bytes } = fetched;
  const proving = [wanted && "integrity", demanded && "trust", locked && "lock"].find(Boolean);
  if (!proving) return fetched;
  if (!bytes) {
    const why = `${proving} is of a module's bytes, and it came compiled; give its bytes`;
    throw new PluginError("argument", `could not load ${from}: ${why}`);
  }
  const module = { from, bytes, detached: [...signatures, ...(fetched.signatures ?? [])] };
  const digest = wanted || locked ? await digestOf(bytes as Uint8Array<ArrayBuffer>) : "";
  if (wanted) checkIntegrity(module, digest, wanted);
  if (demanded) await checkSigners(module, demanded, "the option trust");
  if (locked) await checkLock(module, digest, locked);
  return fetched;
}

interface Module {
  readonly from: string;
  readonly bytes: Uint8Array;
  readonly detached: readonly Uint8Array[];
}

/**
 * @param by what demands it, for messages
 * @throws PluginError `untrusted`, `bad-signature`
 */
export async function checkSigners(module: Module, { keys, count }: Demanded, by: string): Promise<void> {
  const signers = await signersOf(module, keys);
  if (signers.keys.length >= count) return;
  const names = (of: Demanded["keys"]) => of.map(({ id }) => id).join(", ");
  const signed = signers.keys.length > 0 ? `it is signed by ${names(signers.keys)}; ` : "";
  const all = keys.length === 1 ? `the key ${names(keys)}` : `${count} of the keys ${names(keys)}`;
  const why = `${signed}${await signers.why()}; wanted a signature of all of it by ${all} (${by})`;
  throw new PluginError("untrusted", `could not load ${module.from}: ${why}`);
}

async function checkLock(module: Module, sha256: string, lock: Lock): Promise<void> {
  const { from, bytes } = module;
  const { signers } = lockedIn(lock, { from, sha256, identity: identityOf(bytes, from) });
  if (signers.length === 0) return;
  const keys = await Promise.all(signers.map((key) => publicKey(key, "a signer in the lock")));
  await checkSigners(module, { keys, count: keys.length }, "the option lock");
}

function admit(source: unknown, rules: Rules): void {
  if (source instanceof URL) {
    rules.admit(source);
    return;
  }
  // The caller has asked for it, and it says where it came from in the end.
  const { url, redirected } = (source ?? {}) as { readonly url?: unknown; readonly redirected?: boolean };
  if (url instanceof URL) rules.admit(url);
  if (typeof url !== "string" || url === "") return;
  rules.admit(new URL(url), redirected ? "after a redirect, " : "");
}

/** Bytes that signatures take, at most. */
const MOST = 65_536;
const MOST_DETACHED = 16;

/** @throws PluginError `argument` */
function detachedIn(signature: unknown): readonly Detached[] {
  const all = Array.isArray(signature) ? signature : signature === undefined ? [] : [signature];
  const fits = (each: unknown) =>
    each instanceof URL || each instanceof Uint8Array || each instanceof ArrayBuffer;
  if (all.length <= MOST_DETACHED && all.every(fits)) return all;
  throw misfit(
    signature,
    "signature",
    `the bytes of a signature, its URL, or a list of at most ${MOST_DETACHED}`,
  );
}

function owned(signature: Detached): Detached {
  return signature instanceof URL
    ? new URL(signature)
    : new Uint8Array(signature instanceof ArrayBuffer ? signature.slice(0) : signature);
}

async function signatureBytes(source: Detached, read: Read<Brought>): Promise<Uint8Array> {
  try {
    const { bytes } = await read(source as never, { maxSourceBytes: MOST });
    return bytes!;
  } catch (cause) {
    if (!(cause instanceof PluginError) || cause.code !== "too-large") throw cause;
    const why = `signatures take at most ${MOST} bytes, and these have more`;
    throw new PluginError("bad-signature", `could not read signatures: ${why}`, { cause });
  }
}
