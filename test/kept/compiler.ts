/**
 * `compiler` of `host/dev`, for tests of what uses it: it orders of the compiler that the run shares, and takes what was
 * compiled before. The original, whose thread starts anew each time, has tests of its own, and works in the packed package.
 */
import type { Build } from "../../abi/transform/mod.ts";
import { type Compiler, type CompilerBuildOptions, compiler as original } from "../../host/dev/compiler.ts";
import { build as kept } from "./build.ts";

export function compiler(): Compiler {
  if (!process.env.MOULT_COMPILER) return original();
  const ended = new AbortController();
  const close = async () => ended.abort(new Error("the compiler was closed"));
  return {
    build: (entry, { signal, ...options } = {}) => {
      const signals = AbortSignal.any(signal ? [signal, ended.signal] : [ended.signal]);
      return new Promise<Build>((resolve, reject) => {
        signals.throwIfAborted();
        signals.addEventListener("abort", () => reject(signals.reason), { once: true });
        kept(entry, options, apart).then(resolve, reject);
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What crashed the shared compiler would end this process, too: it crashes a thread. */
async function apart(entry: string, options: CompilerBuildOptions): Promise<Build> {
  await using own = original();
  return await own.build(entry, options);
}
