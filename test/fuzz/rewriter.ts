/** The rewriter: a valid module is valid with limits in it, and does the same, for the same fuel each time. */
import fc from "fast-check";
import wabt from "wabt";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { capped, elementsOf } from "../../abi/wasm/capping.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { type Metered, metered } from "../../abi/wasm/metering.ts";
import { applied, changes, type Fuzzer, property } from "./fuzzer.ts";
import { fewGuests, installed } from "./guests.ts";
import { program } from "./programs.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const FUEL = 100_000;
const NARROW = { start: FUEL, most: FUEL };
const WIDE = { start: FUEL, most: 1e12 };
const MOST_PAGES = 256;

export const rewriter: Fuzzer = {
  name: "rewriter",
  what: "random programs, guests, installed modules, and those that are valid still when changed; with and without limits",
  few: 150,
  async property() {
    const known = [...(await fewGuests()), ...installed()].map(({ bytes }) => bytes);
    const { parseWat } = await wabt();
    const assembled = (seed: number): Bytes => {
      const module = parseWat("program.wat", program(seed));
      const { buffer } = module.toBinary({});
      module.destroy();
      return Uint8Array.from(buffer);
    };
    const inputs = fc.record({
      module: fc.oneof(
        { arbitrary: fc.record({ program: fc.nat({ max: 2 ** 31 - 1 }) }), weight: 6 },
        { arbitrary: fc.record({ known: fc.nat(known.length - 1) }), weight: 1 },
      ),
      changes: fc.option(changes, { freq: 2 }),
      words: fc.array(fc.integer(), { minLength: 1, maxLength: 6 }),
    });
    return property(inputs, ({ module, changes: each, words }) => {
      const made = "program" in module ? assembled(module.program) : known[module.known]!;
      const bytes = each ? applied(each, made, 8) : made;
      if (WebAssembly.validate(bytes)) same(bytes, words, each === null);
    });
  },
};

/** @param known whether every instruction in it is one that compilers emit */
export function same(bytes: Bytes, words: readonly number[], known: boolean): void {
  const own = new WasmBinary(bytes);
  const pages = Math.max(MOST_PAGES, ...own.memories.map(({ initial }) => initial));
  const small = capped(own, { pages, elements: elementsOf(own) + 100_000 });
  if (!WebAssembly.validate(small)) throw new Error("it is not valid with a cap on its memory");
  const made = [NARROW, WIDE].map((options) => rewritten(small, options, known));
  if (!made[0] || !made[1]) return;
  for (const each of made) {
    if (!WebAssembly.validate(each!.bytes)) throw new Error("it is not valid with fuel");
  }
  const [narrow, wide] = made.map((each) => Run.of(each!.bytes, each));
  const plain = narrow && Run.of(small, undefined);
  if (!narrow !== !wide || (narrow && !plain)) throw new Error("only some of it can be instantiated");
  if (!narrow || !wide || !plain) return;
  const given = argumentsOf(own, words);
  for (const name of narrow.functions) {
    const args = given.get(name) ?? [];
    const [first, second] = [narrow, wide].map((run) => run.call(name, args));
    if (first!.told !== second!.told) throw new Error(`${name}: ${first!.told}, and ${second!.told}`);
    if (first!.isOut) return;
    const { told } = plain.call(name, args);
    if (told !== first!.told.replace(/, \d+ units$/, "")) throw new Error(`${name}: ${told}; ${first!.told}`);
    // An instance is not called again after a trap.
    if (first!.isTrap) return;
  }
  const contents = [plain, narrow, wide].map((run) => run.content);
  if (new Set(contents).size > 1) throw new Error(`they leave other memories behind: ${contents}`);
}

function rewritten(bytes: Bytes, options: typeof NARROW, known: boolean): Metered | undefined {
  try {
    return metered(new WasmBinary(bytes), options);
  } catch (error) {
    if (error instanceof Malformed && !known) return undefined;
    throw error;
  }
}

interface Outcome {
  readonly told: string;
  readonly isTrap: boolean;
  /** Whether its fuel was used up. */
  readonly isOut: boolean;
}

/** An instance whose imports answer by what they are asked. */
class Run {
  readonly functions: readonly string[];
  readonly #exports: WebAssembly.Exports;
  readonly #made: Metered | undefined;
  /** The memory that it imports. */
  readonly #memory: WebAssembly.Memory | undefined;

  private constructor(
    exports: WebAssembly.Exports,
    made: Metered | undefined,
    memory: WebAssembly.Memory | undefined,
  ) {
    this.#exports = exports;
    this.#made = made;
    this.#memory = memory;
    const names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
    this.functions = names.filter((name) => name !== made?.fill && name !== made?.left).slice(0, 60);
  }

  /** @returns nothing where it traps at once, or needs what is no function and no memory */
  static of(bytes: Bytes, made: Metered | undefined): Run | undefined {
    const module = new WebAssembly.Module(bytes);
    const imports: Record<string, WebAssembly.ModuleImports> = {};
    let memory: WebAssembly.Memory | undefined;
    const { memories } = new WasmBinary(bytes);
    for (const { module: owner, name, kind } of WebAssembly.Module.imports(module)) {
      imports[owner] ??= {};
      if (kind === "function") imports[owner][name] = (...args: unknown[]) => args.length;
      else if (kind === "memory") memory = imports[owner][name] = memoryOf(memories[0]!);
      else return undefined;
    }
    try {
      return new Run(new WebAssembly.Instance(module, imports).exports, made, memory);
    } catch {
      return undefined;
    }
  }

  call(name: string, args: readonly unknown[]): Outcome {
    const core = this.#exports[name] as (...args: unknown[]) => unknown;
    (this.#exports[this.#made?.fill ?? ""] as ((units: number) => void) | undefined)?.(FUEL);
    let [said, isTrap] = ["", false];
    try {
      said = `answered ${bits(core(...args))}`;
    } catch (error) {
      isTrap = true;
      said = `ended: ${reasonOf(error)}`;
    }
    const left = (this.#exports[this.#made?.left ?? ""] as (() => number) | undefined)?.();
    const used = left === undefined ? "" : `, ${FUEL - left} units`;
    // A stack of frames that are larger overflows sooner.
    const isOut = (left !== undefined && left < 0) || said.includes("call stack");
    return { told: isOut ? "out" : `${said}${used}`, isTrap, isOut };
  }

  /** A sum over its memory. */
  get content(): number {
    const memory =
      this.#memory ?? Object.values(this.#exports).find((each) => each instanceof WebAssembly.Memory);
    let sum = 0;
    if (memory)
      for (const word of new Int32Array((memory as WebAssembly.Memory).buffer))
        sum = Math.imul(sum ^ word, 16_777_619);
    return sum;
  }
}

function memoryOf({ initial, maximum, shared }: WasmBinary["memories"][number]): WebAssembly.Memory {
  const most = maximum === undefined ? {} : { maximum };
  return new WebAssembly.Memory({ initial, ...most, shared: shared === true });
}

/** Arguments for each function that is exported. */
function argumentsOf({ exports, functions, types }: WasmBinary, words: readonly number[]) {
  const found = new Map<string, readonly unknown[]>();
  for (const { name, kind, index } of exports) {
    const type = kind === "function" ? types[functions[index]!] : undefined;
    if (type?.kind !== "function") continue;
    const word = (i: number) => words[(i + index) % words.length]! >> (i % 3 === 0 ? 24 : 0);
    const args = type.params.map((each, i) => (each === "i64" ? BigInt(word(i)) : word(i)));
    found.set(name, args);
  }
  return found;
}

/** Which NaN an instruction makes, the standard leaves open. */
function bits(value: unknown): string {
  return typeof value === "number" && Number.isNaN(value)
    ? "NaN"
    : `${String(value)}${Object.is(value, -0) ? " (-0)" : ""}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "an exception";
}
