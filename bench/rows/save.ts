/**
 * The cost of a save that finds objects which are held twice: both saves write the same bytes, a chunk at a
 * time.
 */
import type { Case, Context, Role } from "../case.ts";
import { same } from "../case.ts";
import { abort, read } from "../peers/assemblyscript.ts";

const OBJECTS = 200_000;
const SAVE = "moult:plugin/state@1.0.0#save";

export async function tree({ guests, quick }: Context): Promise<Case[]> {
  const objects = quick ? 2_000 : OBJECTS;
  return [
    walk("moult", "moult", { module: read(guests, "tree.wasm"), save: SAVE, objects }),
    walk("the same walk, which looks for nothing", "peer", {
      module: read(guests, "tree-by-hand.wasm"),
      save: "save",
      objects,
    }),
  ];
}

interface Walk {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly save: string;
  readonly objects: number;
}

function walk(name: string, role: Role, { module, save, objects }: Walk): Case {
  let bytes = 0;
  const write = (_: number, length: number) => {
    bytes += length;
    return 1;
  };
  const memory = new WebAssembly.Memory({ initial: 16 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), {
    env: { memory, abort, write },
    "moult:plugin/state@1.0.0": { write, read: () => 0 },
  });
  const exports = instance.exports as Record<string, (...args: number[]) => unknown>;
  exports._initialize?.();
  (exports["bench:echo/echo@1.0.0#fill"] ?? exports.fill)!(objects);
  const saved = exports[save]!;
  return {
    name,
    role,
    check: () => {
      bytes = 0;
      saved();
      // Bytes of an object: up to three for each number, and two of 8.
      same(bytes > 18 * objects && bytes < 24 * objects, true, name);
    },
    sample: (n) => {
      const began = performance.now();
      for (let i = 0; i < n; i++) saved();
      return ((performance.now() - began) * 1e6) / (n * 2 * objects);
    },
    n: 3,
  };
}
