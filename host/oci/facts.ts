/** Facts of a module that its manifest in a registry repeats, so that it can be looked at without its bytes. */
import { AbiError } from "../../abi/error.ts";
import { parseManifest } from "../../abi/manifest.ts";
import { printable } from "../../abi/printable.ts";
import { MANIFEST } from "../../abi/v1.ts";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { PluginError } from "../errors.ts";

/** What a module says of itself; all but the bytes' own format is missing for one without a manifest. */
export interface Facts {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly interface?: string | undefined;
  /** The versions of the ABI that it speaks: `1`. */
  readonly abi?: string | undefined;
  /** The SHA-256 of its state's schema. */
  readonly state?: string | undefined;
}

/** Names of annotations, by fact. Nothing of them is believed: a module's own manifest is what counts. */
const NAMES: Readonly<Record<keyof Facts, string>> = {
  name: "org.opencontainers.image.title",
  version: "org.opencontainers.image.version",
  interface: "vnd.moult.interface",
  abi: "vnd.moult.abi",
  state: "vnd.moult.state",
};

/** @throws PluginError `not-wasm`, `component`, `invalid-module`, `bad-manifest` */
export function factsOf(bytes: Uint8Array, from: string): Facts {
  const could = `could not push ${from}`;
  const magic =
    bytes.length >= 8 && bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  if (!magic)
    throw new PluginError(
      "not-wasm",
      `${could}: its ${bytes.length} bytes do not begin as a WebAssembly module`,
    );
  if (bytes[6] === 1)
    throw new PluginError("component", `${could}: it is a WebAssembly component; wanted a core module`);
  try {
    const binary = new WasmBinary(bytes);
    const abi = binary.exports.flatMap(({ name }) => /^moult_abi_(\d{1,9})$/.exec(name)?.[1] ?? []).join(" ");
    const [section] = binary.custom(MANIFEST);
    if (!section) return {};
    const { name, version, interface: own, state } = parseManifest(section);
    return { name, version, interface: own, abi: abi === "" ? undefined : abi, state: state?.fingerprint };
  } catch (cause) {
    const { message } = cause as Error;
    if (cause instanceof Malformed)
      throw new PluginError("invalid-module", `${could}: ${message}`, { cause });
    if (cause instanceof AbiError) throw new PluginError("bad-manifest", `${could}: ${message}`, { cause });
    throw cause;
  }
}

export function annotationsOf(facts: Facts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(NAMES).flatMap(([fact, name]) => {
      const value = facts[fact as keyof Facts];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What annotations say, for people. */
export function annotated(annotations: Readonly<Record<string, string>>): Facts {
  return Object.fromEntries(
    Object.entries(NAMES).flatMap(([fact, name]) => {
      const value = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
      return value === undefined ? [] : [[fact, printable(value, 512)]];
    }),
  );
}
