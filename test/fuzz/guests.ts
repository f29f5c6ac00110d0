/** Modules to begin with: guests of these tests, and what other compilers have made. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BuildError } from "../../abi/transform/mod.ts";
import { build } from "../kept/build.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = join(ROOT, "test", "guests");
const FEW = ["faults/counter", "faults/shapes", "faults/text", "faults/granted", "limits/runaway"];

export interface Named {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Some that differ in what they have. */
export function fewGuests(): Promise<Named[]> {
  return Promise.all(FEW.map(built));
}

/** All of `test/guests` that are programs. */
export async function allGuests(): Promise<Named[]> {
  const files = readdirSync(FOLDER, { recursive: true }) as string[];
  const all: Named[] = [];
  for (const file of files.filter((each) => /(?<!\.d)\.ts$/.test(each)).sort()) {
    try {
      all.push(await built(file.slice(0, -".ts".length)));
    } catch (error) {
      // A part of another one, or broken on purpose.
      if (!(error instanceof BuildError)) throw error;
    }
  }
  return all;
}

async function built(name: string): Promise<Named> {
  const { wasm } = await build(join(FOLDER, `${name}.ts`), { optimize: "debug", sourceMap: false });
  return { name, bytes: wasm as Uint8Array<ArrayBuffer> };
}

/** The modules in `node_modules`. */
export function installed(): Named[] {
  const folder = join(ROOT, "node_modules");
  const files = readdirSync(folder, { recursive: true }) as string[];
  return files
    .filter((file) => file.endsWith(".wasm") && !file.includes(".cache"))
    .map((name) => ({ name, bytes: Uint8Array.from(readFileSync(join(folder, name))) }))
    .filter(({ bytes }) => WebAssembly.validate(bytes));
}
