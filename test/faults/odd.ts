/** Hand-written modules with one odd function each, and what they are expected to have. */
import { z } from "zod";
import { contract } from "../../host/mod.ts";
import { manifest, wat } from "./guest.ts";

export const LOOP = "(loop (br 0)) (unreachable)";
export const text = { name: "text", type: "string" };
export const module = (fields: string) =>
  wat(`(memory (export "memory") 1) ${fields}`, {
    manifest: manifest({
      interface: "test:faults/odd@1.0.0",
      exports: [
        { name: "run", params: [text] },
        { name: "say", params: [], result: "string" },
      ],
    }),
  });
export const run = (body = "") => `(func (export "test:faults/odd@1.0.0#run") (param i32 i32) ${body})`;
export const say = `(func (export "test:faults/odd@1.0.0#say") (result i32) (i32.const 1024))`;
export const realloc = (body: string) =>
  `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${body})`;
export const post = `(func (export "cabi_post_test:faults/odd@1.0.0#say") (param i32) ${LOOP})`;
export const Odd = contract("test:faults/odd@1", {
  run: { params: [z.string()] },
  say: { params: [], returns: z.string() },
});
