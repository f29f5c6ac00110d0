/** Plugins by hand, where there have to be many: they are made in no time. */
import { manifest, wat } from "../faults/guest.ts";

const add = { name: "add", params: [{ name: "step", type: "u32" }], result: "u32" };

/** It passes `add` on to `base`, and serves nobody. */
export function leafNamed(name: string): Promise<Uint8Array> {
  const imports = [{ interface: "test:dependencies/base@1.0.0", functions: [add] }];
  const code = `(import "test:dependencies/base@1.0.0" "add" (func $add (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "add") (param i32) (result i32) (call $add (local.get 0)))`;
  return wat(code, { manifest: manifest({ name, exports: [add], imports }) });
}
