/** Manifests: what a registry keeps of a module beside its bytes, in the layout that the CNCF advises for wasm. */
import * as z from "zod/mini";
import { printable } from "../../abi/printable.ts";
import { PluginError } from "../errors.ts";
import { DIGEST, digestOf } from "./digest.ts";
import { annotated, annotationsOf, type Facts } from "./facts.ts";

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
export const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
const CONFIG_TYPE = "application/vnd.wasm.config.v0+json";
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
const WASM_TYPE = "application/wasm";
/** Signatures that lie apart from the module, in base64 with blanks between: they come with one request. */
const SIGNATURES = "vnd.moult.signatures";

/** The most bytes of a manifest. Registries take 4 MiB; one of a module has less than a thousand. */
export const MOST_MANIFEST = 262_144;
/** The most bytes of signatures, and of them. */
const MOST_SIGNATURES = 65_536;
const MOST_SIGNERS = 16;

/** The name of a content, and what it is. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A module in a registry, as its manifest says. */
export interface Artifact {
  readonly module: Descriptor;
  readonly signatures: readonly Uint8Array[];
  readonly facts: Facts;
}

/** A manifest with all that it names. */
export interface Packed {
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly digest: string;
  readonly blobs: readonly { readonly digest: string; readonly bytes: Uint8Array }[];
}

const text = z.string().check(z.maxLength(MOST_MANIFEST));
const descriptor = z.object({
  mediaType: z.string().check(z.maxLength(255)),
  digest: z.string().check(z.regex(DIGEST, "wanted sha256: and 64 hexadecimal digits")),
  size: z.int().check(z.nonnegative()),
});
const shape = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.optional(z.literal(MANIFEST_TYPE)),
  artifactType: z.optional(z.string().check(z.maxLength(255))),
  config: descriptor,
  layers: z.array(descriptor).check(z.maxLength(1_000)),
  annotations: z.optional(z.record(text, text)),
});

/**
 * The manifest of a module. The same module makes the same manifest, so that pushing it again changes nothing.
 *
 * @throws PluginError `argument` for signatures that do not fit
 */
export function packed(module: Uint8Array, facts: Facts, signatures: readonly Uint8Array[]): Packed {
  const size = signatures.reduce((sum, each) => sum + each.length, 0);
  if (signatures.length > MOST_SIGNERS || size > MOST_SIGNATURES) {
    const found = `found ${signatures.length} of ${size} bytes`;
    const wanted = `wanted at most ${MOST_SIGNERS} of at most ${MOST_SIGNATURES} bytes together`;
    throw new PluginError("argument", `could not use the signatures of a module: ${found}, ${wanted}`);
  }
  const layer = { mediaType: WASM_TYPE, digest: digestOf(module), size: module.length };
  // The time is asked for, and would make another manifest with every push.
  const config = encoded({
    created: "1970-01-01T00:00:00Z",
    architecture: "wasm",
    os: "wasip1",
    layerDigests: [layer.digest],
  });
  const configuration = { mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length };
  const signed = signatures.map((each) => Buffer.from(each).toString("base64")).join(" ");
  const manifest = encoded({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: configuration,
    layers: [layer],
    annotations: { ...annotationsOf(facts), ...(signed !== "" && { [SIGNATURES]: signed }) },
  });
  return {
    manifest,
    digest: digestOf(manifest),
    blobs: [
      { digest: layer.digest, bytes: module },
      { digest: configuration.digest, bytes: config },
    ],
  };
}

function encoded(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** @param from for messages @throws PluginError `bad-peer` for a manifest of anything but one module */
export function artifactIn(bytes: Uint8Array, from: string): Artifact {
  const refuse = (why: string, cause?: unknown) =>
    new PluginError("bad-peer", `could not read ${from}: ${why}`, cause === undefined ? {} : { cause });
  let json: { readonly mediaType?: unknown; readonly manifests?: unknown };
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refuse("its manifest is not JSON", cause);
  }
  if (json?.mediaType === INDEX_TYPE || Array.isArray(json?.manifests)) {
    const count = Array.isArray(json.manifests) ? json.manifests.length : 0;
    throw refuse(
      `it is a list of ${count} manifests, and moult takes none from a list; name one by its digest`,
    );
  }
  const read = shape.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const at = printable(issue?.path.join(".") ?? "", 128);
    throw refuse(
      `its manifest is of another form: ${at === "" ? "" : `${at}: `}${printable(issue?.message ?? "", 256)}`,
    );
  }
  const { config, layers, artifactType, annotations = {} } = read.data;
  const [module] = layers;
  const kinds = layers.slice(0, 4).map(({ mediaType }) => mediaType);
  if (layers.length !== 1 || module?.mediaType !== WASM_TYPE)
    throw refuse(
      `it holds ${layers.length} layers (${printable(kinds.join(", "), 256)}), wanted one of ${WASM_TYPE}`,
    );
  const other = config.mediaType === EMPTY_TYPE ? artifactType : config.mediaType;
  if (other !== CONFIG_TYPE && other !== WASM_TYPE)
    throw refuse(`its configuration is ${printable(other ?? "of no type", 256)}, wanted ${CONFIG_TYPE}`);
  return { module, signatures: signaturesIn(annotations, refuse), facts: annotated(annotations) };
}

function signaturesIn(annotations: Readonly<Record<string, string>>, refuse: (why: string) => PluginError) {
  const written = Object.hasOwn(annotations, SIGNATURES) ? annotations[SIGNATURES]! : "";
  if (written === "") return [];
  const texts = written.split(" ");
  const fits = texts.length <= MOST_SIGNERS && written.length <= 2 * MOST_SIGNATURES;
  if (
    !fits ||
    !texts.every((each) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(each))
  )
    throw refuse(`its annotation ${SIGNATURES} holds no signatures in base64`);
  return texts.map((each) => new Uint8Array(Buffer.from(each, "base64")));
}
