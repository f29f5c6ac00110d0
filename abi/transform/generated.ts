/** A file of generated AssemblyScript: functions, each written once, and their imports. */
import type { Program, Source } from "./compiler.ts";
import type { Spelling } from "./spelling.ts";

export interface Generated {
  /** The name of the function for `key`; `write` writes it at the first request. */
  define(key: string, write: (name: string) => string): string;
  /** A function of the guest library: `use("arena", "alloc")`. */
  use(file: string, name: string): string;
  /** An unused name for a local. */
  fresh(): string;
  add(text: string): void;
  /** Adds the file to the program. */
  parse(program: Program, path: string, options: { readonly entry: boolean }): Source;
}

export function generated(spelling: Spelling): Generated {
  const names = new Map<string, string>();
  const parts: string[] = [];
  const uses = new Set<string>();
  let locals = 0;
  return {
    define(key, write) {
      const known = names.get(key);
      if (known !== undefined) return known;
      const name = `fn${names.size}`;
      names.set(key, name);
      parts.push(write(name));
      return name;
    },
    use(file, name) {
      uses.add(`import { ${name} } from "moult/abi/guest/${file}";\n`);
      return name;
    },
    fresh: () => `value${locals++}`,
    add(text) {
      parts.push(text);
    },
    parse(program, path, { entry }) {
      program.parser.parseFile([...uses, ...parts].join(""), path, entry);
      const source = program.sources.find((one) => one.normalizedPath === path);
      if (source === undefined) throw new Error(`the compiler did not take ${path}`);
      spelling.importInto(program, source);
      return source;
    },
  };
}
