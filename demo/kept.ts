/** Builds of the demo's plugins, kept between starts, because an optimized build takes seconds. */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "moult/transform";

/** A file of the folder: the digests of a build's files, and its result. */
interface Kept {
  readonly tools: string;
  readonly sources: readonly (readonly [path: string, digest: string])[];
  readonly wasm: string;
}

export interface KeptOptions {
  /** The version in the manifest. */
  readonly version: string;
  /** Where builds are kept. @default `demo/.moult`, which git ignores */
  readonly folder?: string;
  /** The compiler, by its digest. @default this checkout's */
  readonly tools?: string;
  /** Called before a build. */
  readonly onBuild?: () => void;
}

/** Builds an entry file, or takes the earlier build if none of its files has changed. */
export async function kept(entry: string, options: KeptOptions): Promise<Uint8Array> {
  const { version, folder = join(projectRoot(), "demo", ".moult"), tools = toolsOf(projectRoot()) } = options;
  const from = dirname(entry);
  const file = join(folder, `${digest(entry, version).slice(0, 32)}.json`);
  const found = read(file);
  const same = found?.sources.every(([path, was]) => digestOf(join(from, path)) === was);
  if (found?.tools === tools && same) return new Uint8Array(Buffer.from(found.wasm, "base64"));
  options.onBuild?.();
  const { wasm, files } = await build(entry, { version });
  const sources = [...files, join(from, "package.json")].map(
    (path) => [relative(from, path), digestOf(path)] as const,
  );
  write(file, { tools, sources, wasm: Buffer.from(wasm).toString("base64") });
  return wasm;
}

/**
 * Everything besides the sources that affects the result: moult as it is built, the guest library, and the
 * compiler.
 */
function toolsOf(root: string): string {
  const inside = (folder: string) => readdirSync(join(root, folder)).map((name) => join(folder, name));
  const built = inside("dist/bundle").filter((path) => path.endsWith(".js"));
  const files = [...built, join("node_modules", "assemblyscript", "package.json")];
  return digest(...files.sort().flatMap((path) => [path, digestOf(join(root, path))]));
}

/** The checkout's folder, from anywhere inside it. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "wasm-plugins"))) folder = dirname(folder);
  return folder;
}

function read(file: string): Kept | undefined {
  try {
    const { digest: wanted, text } = JSON.parse(readFileSync(file, "utf8"));
    return digest(text) === wanted ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the file atomically. Where nothing can be written, the next start builds again. */
function write(file: string, value: Kept): void {
  const text = JSON.stringify(value);
  const written = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(written, JSON.stringify({ digest: digest(text), text }));
    renameSync(written, file);
  } catch {
    rmSync(written, { force: true });
  }
}

function digestOf(path: string): string {
  try {
    return digest(readFileSync(path));
  } catch {
    return "none";
  }
}

function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}
