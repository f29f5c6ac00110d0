/** Options of all that pushes and pulls, and the store that they lead to. */
import { checkFlag, misfit } from "../option.ts";
import type { Lock } from "../trust/lock.ts";
import { ownSources, type Sources } from "../trust/sources.ts";
import { Authority } from "./authority.ts";
import type { CacheOptions } from "./cache.ts";
import { Connection } from "./connection.ts";
import { type Credentials, type CredentialsFor, credentialsFor } from "./credentials.ts";
import { LayoutStore } from "./layout.ts";
import { isOwnHost, Reach } from "./reach.ts";
import { baseOf, isFolder, parseReference, type Reference } from "./reference.ts";
import { RegistryStore } from "./registry.ts";
import type { ArtifactStore } from "./store.ts";

/** How a registry is reached. */
export interface RegistryOptions {
  /** Who one is there. @default nobody; the command line takes those of `docker login` */
  readonly credentials?: Credentials | CredentialsFor | undefined;
  /**
   * Hosts that may get a user and a password, because the registry sends there for a token: `auth.example.org`. Its
   * own host, those above and below it, and Docker Hub's need not be named.
   * @default none
   */
  readonly tokenHosts?: readonly string[] | undefined;
  /**
   * Without TLS. Credentials are never sent so, but to this machine.
   * @default true for this machine (`localhost`, `127.0.0.1`), false for any other
   */
  readonly plainHttp?: boolean | undefined;
  /** The folder that one in a reference (`oci:FOLDER:TAG`) is relative to. @default the working directory */
  readonly cwd?: string | undefined;
}

export interface PullOptions extends RegistryOptions {
  /** Where what was pulled is kept: a folder. What comes from a folder is not kept. @default nowhere */
  readonly cache?: string | URL | CacheOptions | undefined;
  /** Takes all from the cache, and asks no registry. @default false */
  readonly offline?: boolean | undefined;
  /** Called where a registry was not asked, or did not answer, and the cache says what a tag stood for. */
  readonly onStale?: ((stale: Stale) => void) | undefined;
  /** Called as the bytes of a module come. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /**
   * Milliseconds in which a registry has to say what a tag stands for, before the cache's last answer is taken.
   * @default 5_000
   */
  readonly patience?: number | undefined;
}

/** An answer of the cache in place of the registry's. */
export interface Stale {
  readonly reference: string;
  readonly digest: string;
  /** When the registry said so. */
  readonly since: Date;
  /** Why it was not asked again; missing for `offline`. */
  readonly cause?: Error;
}

export interface Progress {
  readonly bytes: number;
  readonly total: number;
}

/** @throws PluginError `argument` */
export function openStore(reference: Reference, options: RegistryOptions, sources?: Sources): ArtifactStore {
  const { place } = reference;
  if (isFolder(place)) return new LayoutStore(place);
  const { credentials, tokenHosts = [], plainHttp } = options;
  checkFlag(plainHttp, "plainHttp");
  if (!Array.isArray(tokenHosts) || !tokenHosts.every((each) => typeof each === "string"))
    throw misfit(tokenHosts, "tokenHosts", "a list of hosts, such as auth.example.org");
  const own = isOwnHost(new URL(`http://${place.host}/`).hostname);
  const base = baseOf(place, plainHttp ?? own);
  const reach = new Reach(base);
  const authority = new Authority({
    registry: base,
    repository: place.repository,
    reach,
    tokenHosts,
    credentials: () => credentialsFor(place.host, credentials),
  });
  const allowed = sources && { sources: ownSources(sources) };
  return new RegistryStore(base, place, new Connection({ registry: base, reach, authority, ...allowed }));
}

/** @throws PluginError `argument` */
export function referenceOf(given: string | URL, { cwd }: RegistryOptions): Reference {
  return parseReference(given, cwd);
}

/** The digest that a lock has for a reference. */
export function lockedDigest({ text, digest }: Reference, lock: Lock | undefined): string | undefined {
  const { references = {} } = lock ?? {};
  return digest ?? (Object.hasOwn(references, text) ? references[text] : undefined);
}
