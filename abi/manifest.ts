/**
 * The manifest: a module's description of itself, in the custom section `moult:manifest`, readable without
 * running the module.
 */
import * as z from "zod/mini";
import { AbiError } from "./error.ts";
import { LIMITS } from "./limits.ts";
import { isPrintable } from "./printable.ts";
import type { FunctionType } from "./type.ts";
import { each, functionProblem } from "./type-check.ts";
import { MANIFEST } from "./v1.ts";
import type { WasmModule } from "./wasm/js-api.ts";

/** A semantic version, as plugins have it. */
export const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** A text that is printed unchanged in messages, logs and terminals. */
function line(most: number) {
  return z
    .string()
    .check(z.maxLength(most), z.refine(isPrintable, "wanted a line of text without control characters"));
}

/** `demo:logs/handler@1.0.0`, with full semver. */
const interfaceName = z
  .string()
  .check(
    z.regex(
      /^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/,
      "an interface with its full version",
    ),
    z.maxLength(512),
  );

/** A function that a module exports or imports, by its WIT name. */
export interface ManifestFunction extends FunctionType {
  readonly name: string;
  /** Its description for people: an export's doc comment. */
  readonly docs?: string;
}

/** Types are nested and numerous, so they are checked by hand, which takes a tenth of the time. */
const functions = z.custom<ManifestFunction[]>().check(
  z.check((payload) => {
    const problem = each(payload.value, functionProblem);
    if (problem) payload.issues.push({ code: "custom", input: payload.value, ...problem });
  }),
);

/** A schema in Avro's JSON form; `abi/state/avro/decode.ts` checks it when it is used. */
const avro = z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]);
/** The SHA-256 of a schema's parsing canonical form, as Avro defines it, in hexadecimal. */
const fingerprint = z.string().check(z.regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits"));

const pages = z.int().check(z.nonnegative(), z.maximum(65_536));

export const manifestSchema = z.object({
  /** The plugin's name and version, from its `package.json`. */
  name: line(256).check(z.minLength(1)),
  version: z.string().check(z.regex(VERSION, "a semantic version"), z.maxLength(256)),
  /** The tool that made the module, for people: `assemblyscript 0.28.20`. */
  producer: z.optional(line(256)),
  /** The encoding of strings in the guest's memory. */
  strings: z.enum(["utf8", "utf16", "latin1+utf16"]),
  /** The interface of the functions in `exports`; without it they are exported by their bare names. */
  interface: z.optional(interfaceName),
  exports: functions,
  /** The interfaces that the module needs from its host, with the types that it expects. */
  imports: z.array(z.object({ interface: interfaceName, functions })),
  /** The limits of an imported memory, in pages of 64 KiB. */
  memory: z.optional(
    z
      .strictObject({ initial: pages, maximum: z.optional(pages) })
      .check(
        z.refine(({ initial, maximum = initial }) => initial <= maximum, "at most its maximum to begin with"),
      ),
  ),
  /**
   * The number of mutable globals, all exported as `moult:global/0` and on; missing when some are not
   * exported.
   */
  globals: z.optional(z.int().check(z.nonnegative(), z.maximum(10_000))),
  state: z.optional(
    z.object({
      schema: avro,
      fingerprint,
      /** Older schemas that the module restores by its own typed steps; migration n is `restore(n + 1)`. */
      migrations: z.array(
        z.object({
          schema: avro,
          fingerprint,
          name: line(256),
          /**
           * Whether this is today's root with older classes inside, so that only steps of inner classes are
           * taken.
           */
          nested: z.optional(z.boolean()),
        }),
      ),
      /** The hooks are the author's own, and only the author can read the bytes; the schema is `"bytes"`. */
      opaque: z.optional(z.boolean()),
    }),
  ),
  /** Variables outside of the state, which start afresh with every version. For people. */
  variables: z.optional(
    z
      .array(
        z.object({
          name: line(256),
          file: line(1024),
          /** The author has declared that this is intended. */
          transient: z.optional(z.boolean()),
        }),
      )
      .check(z.maxLength(10_000)),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Reads and checks the manifest of a compiled module. Runs none of its code.
 *
 * @returns `undefined` when the module has no manifest
 * @throws AbiError `manifest` when it has two, or one that is too large, no JSON, or invalid
 */
export function readManifest(module: WasmModule): Manifest | undefined {
  const sections = WebAssembly.Module.customSections(module, MANIFEST);
  const bytes = sections[0];
  if (bytes === undefined) return undefined;
  if (sections.length > 1)
    throw new AbiError("manifest", `found ${sections.length} sections "${MANIFEST}", wanted one`);
  return parseManifest(new Uint8Array(bytes));
}

/** Checks a manifest's bytes: JSON in UTF-8. */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > LIMITS.manifest) {
    throw new AbiError(
      "manifest",
      `the manifest has ${bytes.length} bytes; at most ${LIMITS.manifest} are read`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AbiError("manifest", `the manifest is not JSON in UTF-8: ${(cause as Error).message}`, {
      cause,
    });
  }
  checkDepth(bytes, LIMITS.depth * 4);
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AbiError("manifest", `the manifest is not as the ABI wants it: ${listed(parsed.error.issues)}`);
}

/** Problems that are listed; the rest is counted. */
const TOLD = 8;

/** The problems, one after the other: `memory.initial: Too big: expected number to be <=65536`. */
function listed(issues: readonly z.core.$ZodIssue[]): string {
  const more = issues.length > TOLD ? `; and ${issues.length - TOLD} more` : "";
  const lines = issues.slice(0, TOLD).map(({ path, message }) => {
    const place = z.core.toDotPath(path);
    return place === "" ? message : `${place}: ${message}`;
  });
  return `${lines.join("; ")}${more}`;
}

/** Manifests may be hostile, so the depth is limited before any recursion. The bytes are JSON. */
function checkDepth(bytes: Uint8Array, most: number): void {
  let [depth, quoted] = [0, false];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      if (++depth > most)
        throw new AbiError("manifest", `the manifest nests deeper than ${LIMITS.depth} types`);
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
