/** The compiler that all processes of a run of tests share: see `compile-server.ts`. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const SERVER = fileURLToPath(new URL("./compile-server.ts", import.meta.url));
const ORIGINAL = fileURLToPath(new URL("../../host/dev/compiler.ts", import.meta.url));
const SHARED = fileURLToPath(new URL("./compiler.ts", import.meta.url));
const SOURCES = new URL("../sources.mjs", import.meta.url).href;

/** Sets `MOULT_COMPILER` for the processes to come. @returns what ends it */
export async function shareCompiler(): Promise<() => void> {
  const name = `moult-compiler-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const pipe = process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
  const { VITEST: _, ...env } = process.env;
  const server = fork(SERVER, [pipe], { execArgv: [`--import=${SOURCES}`], env, stdio: "inherit" });
  await once(server, "message");
  process.env.MOULT_COMPILER = pipe;
  return () => {
    server.disconnect();
  };
}

/** Lets what builds with a warm thread take the shared one. */
export function takesSharedCompiler(): Plugin {
  return {
    name: "moult-test:shared-compiler",
    enforce: "pre",
    resolveId(id, importer = "") {
      const file =
        /\/host\/(cli\/.+|vite\/compiler|dev\/maker)\.ts$/.test(importer) && resolve(dirname(importer), id);
      return file === ORIGINAL ? SHARED : undefined;
    },
  };
}
