/** Pushing: a module into a registry, or into a folder that is one. */
import { withDeadline } from "../deadline.ts";
import { PluginError } from "../errors.ts";
import { checkFlag, misfit, optionsOf } from "../option.ts";
import { digestOf } from "./digest.ts";
import { type Facts, factsOf } from "./facts.ts";
import { packed } from "./manifest.ts";
import { openStore, type RegistryOptions, referenceOf } from "./options.ts";
import { pinned } from "./reference.ts";
import type { ArtifactStore } from "./store.ts";

export interface PushOptions extends RegistryOptions {
  /** Signatures that lie apart from the module: they travel with it. @default those in it */
  readonly signatures?: readonly Uint8Array[] | undefined;
  /** Lets a tag that is a version stand for another module than before. Other tags always may. @default false */
  readonly replace?: boolean | undefined;
  /** Milliseconds for all of it; `Infinity` for any number. @default 300_000 */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Pushed {
  /** With its digest: `oci://ghcr.io/acme/visits:1.0.0@sha256:…` */
  readonly reference: string;
  /** Of its manifest. */
  readonly digest: string;
  /** The SHA-256 of the module's bytes in hexadecimal. */
  readonly sha256: string;
  readonly facts: Facts;
  /** Whether the registry had it before, under this tag. */
  readonly unchanged: boolean;
}

const VERSION = /^v?\d+\.\d+\.\d+(?:[-_.][0-9A-Za-z_.-]+)?$/;

/**
 * Pushes a module. The same module makes the same digest at every time and place.
 *
 * @param reference without a tag, the module's version becomes one
 * @throws PluginError `in-use` for a version that is another module there; `denied`, `unavailable`, `bad-peer`,
 * `forbidden-source`; `not-wasm`, `component`, `invalid-module`, `bad-manifest`; `deadline`, `aborted`, `argument`
 */
export async function push(
  reference: string | URL,
  bytes: Uint8Array,
  options?: PushOptions,
): Promise<Pushed> {
  const { signatures = [], replace = false, timeout = 300_000, signal, ...rest } = optionsOf(options, "push");
  checkFlag(replace, "replace");
  if (!(bytes instanceof Uint8Array)) throw misfit(bytes, "a module to push", "its bytes, a Uint8Array");
  // The caller may change them meanwhile.
  const module = new Uint8Array(bytes);
  const given = referenceOf(reference, rest);
  if (given.digest !== undefined)
    throw new PluginError(
      "argument",
      `could not push ${given.text}: its digest follows from the module; give a tag`,
    );
  const facts = factsOf(module, `to ${given.text}`);
  const tag = given.tag ?? facts.version?.replaceAll("+", "_");
  if (tag === undefined)
    throw new PluginError("argument", `could not push ${given.text}: the module has no version; give a tag`);
  const named = given.tag === undefined ? referenceOf(`${given.text}:${tag}`, rest) : given;
  const whole = packed(module, facts, signatures);
  const store = openStore(named, rest);
  const bounds = { timeout, signal: signal ?? new AbortController().signal };
  const unchanged = await withDeadline(
    `the push of ${named.text}`,
    async (over) => {
      const asking = { from: named.text, signal: over };
      const before = await standing(store, tag, asking);
      if (before === whole.digest) return true;
      if (before !== undefined && !replace && VERSION.test(tag)) throw taken(named.text, before);
      await store.put(whole, tag, asking);
      return false;
    },
    bounds,
  );
  const sha256 = digestOf(module).slice("sha256:".length);
  return { reference: pinned(named, whole.digest), digest: whole.digest, sha256, facts, unchanged };
}

/** What a tag stands for. */
async function standing(store: ArtifactStore, tag: string, asking: Parameters<ArtifactStore["tagged"]>[1]) {
  try {
    return (await store.tagged(tag, asking)).digest;
  } catch (cause) {
    if (cause instanceof PluginError && cause.code === "not-found") return undefined;
    throw cause;
  }
}

function taken(text: string, digest: string): PluginError {
  const why = `it is ${digest} there, and a version stays what it is`;
  return new PluginError(
    "in-use",
    `could not push ${text}: ${why}; nothing was changed; give another version, or replace`,
  );
}
