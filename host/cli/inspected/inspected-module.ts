/**
 * A WebAssembly module in the form that `moult inspect` prints: all that its bytes show. None of its code is
 * run.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { AbiError, type Manifest, parseManifest, v1 } from "../../../abi/tools.ts";
import { type Foreign, foreign } from "../../../abi/wasm/mod.ts";
import { type GrantName, grantNameOf } from "../../dev/grant-name.ts";
import { examine, PluginError } from "../../mod.ts";
import { type SignatureInfo, signaturesIn } from "../../trust/mod.ts";
import { type FunctionLine, functionLine } from "../given/function-line.ts";
import { type InspectedState, inspectState } from "./inspected-state.ts";
import {
  type Body,
  type Export,
  type Import,
  type Memory,
  readWasm,
  type WasmModule,
} from "./wasm-module.ts";

/** A module with more bytes than this is not compressed just to report the size. */
const MOST_GZIP = 1 << 26;

export interface InspectedModule {
  readonly kind: "module";
  readonly bytes: number;
  /** Compressed size; missing for modules above 64 MiB. */
  readonly gzip?: number;
  readonly sha256: string;
  /** What the signatures in it say of themselves; none of them was checked. */
  readonly signatures: readonly SignatureInfo[];
  /** The content of its manifest; missing without one. */
  readonly plugin?: InspectedPlugin;
  /** For a module without a manifest: the host that it seems to be made for. */
  readonly madeFor?: Foreign;
  /** Imports that neither the manifest lists nor the ABI provides. */
  readonly foreign: readonly Import[];
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** In bytes, the imported ones first. */
  readonly memories: readonly Memory[];
  /** Bytes of each part of the file; the parts make up the whole file. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
  /** The largest first. */
  readonly functions: readonly Body[];
  /** Where the content of each section is, and its size in bytes. */
  readonly sections: readonly Shown[];
  /** Why it will not load, or not work as it should. */
  readonly problems: readonly string[];
}

interface Shown {
  readonly name: string;
  readonly custom: boolean;
  readonly at: number;
  readonly size: number;
}

export interface InspectedPlugin {
  readonly name: string;
  readonly version: string;
  readonly producer?: string;
  readonly interface?: string;
  /** The versions of the ABI that it speaks. */
  readonly abi: readonly number[];
  readonly strings: string;
  readonly functions: readonly FunctionLine[];
  /** What it asks of its host. */
  readonly permissions: readonly {
    readonly interface: string;
    /** The name of the grant in `moult run`. */
    readonly grant?: GrantName;
    readonly functions: readonly FunctionLine[];
  }[];
  readonly hooks: readonly string[];
  /** Whether all its mutable globals are exported, so that instances can be copied. */
  readonly copyable: boolean;
  readonly state?: InspectedState;
  /** Variables outside of its state, which start afresh with every version. */
  readonly variables: NonNullable<Manifest["variables"]>;
}

/** @throws Malformed for bytes that no engine would accept */
export async function inspectModule(bytes: Uint8Array<ArrayBuffer>): Promise<InspectedModule> {
  const module = readWasm(bytes);
  const { memories, imports, exports } = module;
  const sections = module.sections.map(({ name, custom, at, end }) => ({ name, custom, at, size: end - at }));
  const problems = [...module.flaws];
  const refused = await refusal(bytes);
  if (refused !== undefined) problems.push(`it is not valid WebAssembly: ${refused}`);
  const manifest = manifestOf(module, problems);
  const plugin = manifest && (await describe(manifest, module, problems));
  if (plugin && refused === undefined) problems.push(...(await forbidden(bytes)));
  const madeFor = isOurs(module)
    ? undefined
    : foreign({ ...module, section: (name) => module.custom(name).length > 0 });
  return {
    kind: "module",
    bytes: bytes.length,
    ...(bytes.length > MOST_GZIP ? {} : { gzip: (await promisify(gzip)(bytes, { level: 9 })).length }),
    sha256: createHash("sha256").update(bytes).digest("hex"),
    signatures: signaturesOf(bytes, problems),
    ...(plugin && { plugin }),
    ...(madeFor && { madeFor }),
    foreign: foreignImports(imports, manifest),
    imports,
    exports,
    memories,
    parts: partsOf(sections, bytes.length),
    functions: [...module.bodies].sort((a, b) => b.size - a.size),
    sections,
    problems,
  };
}

/** @param problems told of signatures that cannot be read */
function signaturesOf(bytes: Uint8Array, problems: string[]): readonly SignatureInfo[] {
  try {
    return signaturesIn(bytes, "it");
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    problems.push(error.rawMessage.replace("could not load it: ", ""));
    return [];
  }
}

function isOurs({ custom, exports }: WasmModule): boolean {
  return custom(v1.MANIFEST).length > 0 || exports.some(({ name }) => name.startsWith("moult_abi_"));
}

/**
 * What its bytes show that the ABI forbids. Other reasons for a refusal are reported where they are found.
 */
async function forbidden(bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  try {
    const { problem } = await examine(bytes);
    return problem === undefined ? [] : [problem];
  } catch (error) {
    if (error instanceof PluginError) return [];
    throw error;
  }
}

/** The engine's reason to refuse it. */
async function refusal(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (WebAssembly.validate(bytes)) return undefined;
  try {
    await WebAssembly.compile(bytes);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^WebAssembly\.compile\(\): /, "");
  }
}

function manifestOf({ custom }: WasmModule, problems: string[]): Manifest | undefined {
  const [bytes, ...more] = custom(v1.MANIFEST);
  if (bytes === undefined) return undefined;
  if (more.length > 0) {
    problems.push(`it has ${more.length + 1} sections "${v1.MANIFEST}", wanted one`);
    return undefined;
  }
  try {
    return parseManifest(bytes);
  } catch (error) {
    if (!(error instanceof AbiError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

async function describe(
  manifest: Manifest,
  { exports }: WasmModule,
  problems: string[],
): Promise<InspectedPlugin> {
  const { name, version, producer, strings, globals, state } = manifest;
  const abi = exports.flatMap(({ name }) => {
    const match = /^moult_abi_(\d{1,6})$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
  if (abi.length === 0) problems.push("it has a manifest, but exports no marker like moult_abi_1");
  return {
    name,
    version,
    ...(producer === undefined ? {} : { producer }),
    ...(manifest.interface === undefined ? {} : { interface: manifest.interface }),
    abi,
    strings,
    functions: manifest.exports.map(functionLine),
    permissions: manifest.imports.map(({ interface: wanted, functions }) => {
      const grant = grantNameOf(wanted);
      return { interface: wanted, ...(grant && { grant }), functions: functions.map(functionLine) };
    }),
    hooks: HOOKS.filter(([hook]) => exports.some((each) => each.name === hook)).map(([, said]) => said),
    copyable: globals !== undefined,
    ...(state && { state: await inspectState(state, problems) }),
    variables: manifest.variables ?? [],
  };
}

const HOOKS = [
  [v1.START, "start"],
  [v1.RESTORED, "onRestore"],
  [v1.CHECK_STATE, "checkState"],
  [v1.STOP, "stop"],
] as const;

function foreignImports(imports: readonly Import[], manifest: Manifest | undefined): Import[] {
  const listed = new Set(
    manifest?.imports.flatMap((each) => each.functions.map(({ name }) => `${each.interface}#${name}`)),
  );
  const own = manifest === undefined ? [] : [v1.MEMORY_IMPORT, v1.ABORT_IMPORT];
  return imports.filter(({ module, name }) => {
    if (listed.has(`${module}#${name}`)) return false;
    if (own.some((each) => each.module === module && each.name === name)) return false;
    return manifest === undefined || module !== v1.STATE;
  });
}

/** Sections that are listed under another name among the parts. */
const PARTS: Readonly<Record<string, string>> = { [v1.MANIFEST]: "manifest", name: "names" };
const OWN = ["code", "data"];

/** Code, data and custom sections by name; everything else, with the headers of all sections, in one part. */
function partsOf(sections: readonly Shown[], total: number): { name: string; bytes: number }[] {
  const parts = new Map<string, number>();
  let rest = total;
  for (const { name, custom, size } of sections) {
    if (!custom && !OWN.includes(name)) continue;
    const part = custom ? (PARTS[name] ?? `custom section ${JSON.stringify(name)}`) : name;
    parts.set(part, (parts.get(part) ?? 0) + size);
    rest -= size;
  }
  parts.set("types, tables and the like", rest);
  return [...parts].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
}
