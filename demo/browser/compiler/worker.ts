/** The thread of the compiler: AssemblyScript's own, with moult's transform, and nothing of a server. */
import * as asc from "assemblyscript/asc";
import { library, transform } from "moult/transform";
import { FILES } from "./node.ts";

export interface Order {
  readonly id: number;
  readonly source: string;
  readonly generation: number;
}

export interface Fault {
  /** Counted from 1; of garden.ts, else missing. */
  readonly line?: number;
  readonly message: string;
}

export interface Answer {
  readonly id: number;
  readonly wasm?: Uint8Array<ArrayBuffer>;
  readonly faults: readonly Fault[];
  /** Milliseconds that the compiler took. */
  readonly time: number;
}

interface Diagnostic {
  readonly code: number;
  readonly category: number;
  readonly message: string;
  readonly range: {
    readonly start: number;
    readonly source: { readonly normalizedPath: string; lineAt(at: number): number };
  } | null;
}

const ERROR = 3;
const trees = library();
const loaded = fetch("library.json")
  .then((answer) => answer.json() as Promise<Record<string, string>>)
  .then((texts) => {
    for (const [path, text] of Object.entries(texts)) FILES.set(path, text);
  });

addEventListener("message", async ({ data }: MessageEvent<Order>) => {
  await loaded;
  const begin = performance.now();
  const { wasm, faults } = await trees.turn((lend) => compile(data, lend)).catch(crashed);
  const time = performance.now() - begin;
  const answer: Answer = { id: data.id, ...(wasm && { wasm }), faults, time };
  postMessage(answer, { transfer: wasm ? [wasm.buffer] : [] });
});

// What is sent to a module before it is loaded is lost in some browsers, and the compiler takes a while.
postMessage("ready");

/** A program that the compiler could not handle. */
function crashed(error: unknown): Run {
  return { faults: [{ message: error instanceof Error ? error.message : String(error) }] };
}

interface Run {
  readonly wasm?: Uint8Array<ArrayBuffer>;
  readonly faults: readonly Fault[];
  readonly failure?: Error;
}

async function compile({ source, generation }: Order, lend: (program: never) => void): Promise<Run> {
  const own = new Map([
    ["garden.ts", source],
    ["generation.ts", `export const GENERATION: u8 = ${((generation - 1) % 255) + 1};\n`],
  ]);
  const faults: Fault[] = [];
  let program: { readonly diagnostics: readonly unknown[] } | undefined;
  const observed = (made: { readonly diagnostics: readonly unknown[] }) => {
    program = made;
    lend(made as never);
  };
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const identity = { name: "garden", interface: "moult:demo/garden@1.0.0", version: `${generation}.0.0` };
  const { error } = await asc.main(["garden.ts", "--baseDir", "/", ...FLAGS], {
    stdout: { write() {} },
    stderr: { write() {} },
    transforms: [transform({ ...identity, observe: { program: observed } })],
    readFile: (name: string) => textOf(name, own),
    writeFile: (name: string, contents: Uint8Array<ArrayBuffer>) => {
      if (name === "garden.wasm") wasm = contents.slice();
    },
    listFiles: () => null,
    reportDiagnostic: (diagnostic: Diagnostic) => {
      if (diagnostic.category === ERROR)
        faults.push(faultOf(diagnostic, program?.diagnostics as Diagnostic[]));
    },
  } as never);
  if (error !== null && faults.length === 0) faults.push({ message: error.message });
  return { faults, ...(faults.length === 0 && wasm && { wasm }), ...(error && { failure: error }) };
}

/** As moult's own `build` has them; one pass of the optimizer is enough for an edit that is watched. */
const FLAGS = [
  ...["--outFile", "garden.wasm", "--stackSize", String(1 << 17)],
  ...["--optimizeLevel", "3", "--shrinkLevel", "1"],
];

function textOf(name: string, own: ReadonlyMap<string, string>): string | null {
  const path = name.replace(/^(\.?\/)+/, "");
  const library = /(?:^|\/)node_modules\/moult\/(.+)$/.exec(path)?.[1];
  return own.get(path) ?? FILES.get(library ?? path) ?? null;
}

/** @param known the same with places that know their lines: what is reported has none */
function faultOf({ code, message, range }: Diagnostic, known: readonly Diagnostic[] = []): Fault {
  const text = message.replace(/^Transform 'moult': /, "");
  const same = known.find(
    (one) => one.code === code && one.message === message && one.range?.start === range?.start,
  );
  const place = same?.range;
  if (!place || place.source.normalizedPath !== "garden.ts") return { message: text };
  return { line: place.source.lineAt(place.start), message: text };
}
