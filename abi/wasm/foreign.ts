/** What another kind of host a module was made for, judged by its imports and exports. */

import { printable } from "../printable.ts";

/** The parts of a module that it is judged by. */
export interface Outside {
  readonly imports: readonly { readonly module: string; readonly name: string }[];
  readonly exports: readonly { readonly name: string }[];
  /** Whether it has a custom section of this name. */
  readonly section: (name: string) => boolean;
}

/** The kind of a module. */
export interface Foreign {
  /** `a WASI program` */
  readonly looksLike: string;
  /** The evidence: `it imports wasi_snapshot_preview1.fd_write`. */
  readonly because: string;
  /** What would help. */
  readonly help: string;
}

interface Sort {
  readonly looksLike: string;
  readonly help: string;
  /** An export that has to exist too, where names alone prove little. */
  readonly beside?: RegExp;
  /** One matching import is enough. */
  readonly imports?: RegExp;
  readonly exports?: RegExp;
  readonly section?: string;
}

/** The longest name in a message, in bytes. */
const MOST = 200;
/** The kind that moult has an adapter for. */
export const ASSEMBLYSCRIPT = "a module of AssemblyScript";

const EMSCRIPTEN = "output of Emscripten";
const GLUE =
  "import the JavaScript that came with it, or build it with -sSTANDALONE_WASM and no calls of the system";
const SIDE_MODULE = "a module for a dynamic linker";
const LINK = "link it into a module of its own";

/** Kinds whose tools build on tools further below come first. */
const SORTS: readonly Sort[] = [
  {
    looksLike: SIDE_MODULE,
    imports: /^(env\.__(memory|table)_base|GOT\.(mem|func)\..*)$/,
    help: LINK,
  },
  {
    looksLike: "an Extism plugin",
    imports: /^extism:host\/|^env\.extism_/,
    help: "run it with Extism's SDK, or write its functions as a plugin's",
  },
  {
    looksLike: "a CosmWasm contract",
    exports: /^interface_version_\d+$|^requires_(iterator|staking|stargate|cosmwasm)/,
    help: "it runs in a chain's own host",
  },
  {
    looksLike: "a proxy-wasm filter",
    exports: /^proxy_abi_version_/,
    help: "it runs in a proxy such as Envoy",
  },
  {
    looksLike: "output of wasm-bindgen",
    imports: /^(__wbindgen_|wbg\.)|\.__wb(indgen|g)_/,
    exports: /^__wbindgen_/,
    help: "import the JavaScript that came with it, or build it without wasm-bindgen",
  },
  {
    looksLike: "a program of Go",
    imports: /^(go|gojs)\.(runtime|syscall)[./]/,
    help: "it runs with Go's own wasm_exec.js",
  },
  {
    looksLike: EMSCRIPTEN,
    imports: /^env\.(_?emscripten_|invoke_[vijfd]+$|__syscall_|_embind_|__cxa_throw$)/,
    exports: /^(emscripten_|_emscripten_|__emscripten_)/,
    help: GLUE,
  },
  {
    looksLike: EMSCRIPTEN,
    // The shortened names in Emscripten's release builds.
    imports: /^a\.a$/,
    beside: /^[A-Za-z]{1,2}$/,
    help: GLUE,
  },
  { looksLike: SIDE_MODULE, section: "dylink.0", help: LINK },
  { looksLike: SIDE_MODULE, section: "dylink", help: LINK },
  {
    looksLike: "a WASM-4 cart",
    imports: /^env\.(blit(Sub)?|[hv]?line|rect|oval|text(Utf8|Utf16)?|tone|disk[rw]|trace(Utf8|Utf16|f)?)$/,
    beside: /^update$/,
    help: "it runs in WASM-4's own console",
  },
  {
    looksLike: "a WASI program",
    imports: /^(wasi_snapshot_preview1|wasi_unstable)\./,
    help: "it needs an operating system, which no grant provides: build it for wasm32-unknown-unknown, or without WASI",
  },
  {
    looksLike: "a guest of the Component Model without moult's marker and manifest",
    exports: /^cabi_realloc$/,
    help: "add those, as abi/README.md of moult says",
  },
  {
    looksLike: ASSEMBLYSCRIPT,
    imports: /^env\.abort$/,
    exports: /^(__new|__rtti_base|__pin)$/,
    help: 'load it with a contract, and abi: assemblyscript() from "moult/assemblyscript"',
  },
];

/** @returns nothing for a module of no known kind */
export function foreign({ imports, exports, section }: Outside): Foreign | undefined {
  for (const { looksLike, help, ...signs } of SORTS) {
    const because = sign(signs);
    if (because !== undefined) return { looksLike, because, help };
  }
  return undefined;

  function sign(wanted: Omit<Sort, "looksLike" | "help">): string | undefined {
    if (wanted.beside && !exports.some(({ name }) => wanted.beside?.test(name))) return undefined;
    if (wanted.section && section(wanted.section)) return `it has the section ${wanted.section}`;
    const own =
      wanted.imports && imports.find(({ module, name }) => wanted.imports?.test(`${module}.${name}`));
    if (own) return `it imports ${printable(`${own.module}.${own.name}`, MOST)}`;
    const shown = wanted.exports && exports.find(({ name }) => wanted.exports?.test(name));
    return shown && `it exports ${printable(shown.name, MOST)}`;
  }
}
