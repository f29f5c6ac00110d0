/**
 * `build` of `abi/transform`, for tests whose guests are a means: what was compiled before from the same sources, by the
 * same compiler, is not compiled again. Tests of the compiler itself use the original.
 */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { diagnosticText } from "../../abi/transform/build-error.ts";
import {
  type Build,
  type BuildDiagnostic,
  BuildError,
  type BuildOptions,
  build as compile,
} from "../../abi/transform/mod.ts";
import { built, type Make } from "./build-told.ts";
import { ordered } from "./compile-client.ts";
import type { Told } from "./orders.ts";
import { digest, keptIn, read, write } from "./store.ts";
import { ROOT, tools } from "./tools.ts";

/** A build and what it was made of. Paths are from the entry's folder, or those of this package behind `moult:`. */
interface Kept {
  /** What was read, and what was looked for in vain, which has no digest. */
  readonly sources: readonly (readonly [path: string, digest: string | null])[];
  readonly files: readonly string[];
  readonly diagnostics: readonly BuildDiagnostic[];
  /** Nothing of a program with errors. */
  readonly made?: Told["made"];
}

/**
 * @param make what builds where the shared compiler is not there, or crashed over it
 * @throws BuildError
 */
export async function build(
  entry: string | URL,
  options: BuildOptions = {},
  make: Make = compile,
): Promise<Build> {
  const began = { time: performance.now(), date: Date.now() };
  const path = resolve(entry instanceof URL ? fileURLToPath(entry) : entry);
  const { library: _, from = ".", ...rest } = options;
  const places: Places = { base: dirname(path), from: resolve(from) };
  // What a transform of the author's own is made of is not known.
  const folder = keptIn();
  if (folder === undefined || rest.asc?.includes("--transform")) return make(path, options);
  const key = digest(
    tools(),
    basename(path),
    digestOf(path) ?? "",
    JSON.stringify(Object.entries(rest).sort()),
  );
  const found = (read(folder, key) as Kept[]).find((kept) => isSame(kept, places));
  const kept = found ?? (await made(path, options, { folder, key, places, date: began.date, make }));
  return given(kept, { path, places, time: performance.now() - began.time });
}

interface Places {
  readonly base: string;
  readonly from: string;
}

interface Ordered {
  readonly folder: string;
  readonly key: string;
  readonly places: Places;
  /** When it began. */
  readonly date: number;
  readonly make: Make;
}

async function made(
  entry: string,
  options: BuildOptions,
  { folder, key, places, date, make }: Ordered,
): Promise<Kept> {
  const { library: _, ...sent } = options;
  const shared = (await ordered({ entry, options: { ...sent, from: places.from } })) as Told | null;
  const told = shared ?? (await built(entry, options, make));
  const read = told.made ? told.files : told.files.filter((file) => textOf(file) !== null);
  const missing = told.made ? [] : told.files.filter((file) => textOf(file) === null);
  const kept: Kept = {
    sources: [...read, ...missing, ...packages(places.base)]
      .filter((file) => !isOurs(file))
      .map((file) => [named(file, places.base), digestOf(file)]),
    files: told.files.map((file) => named(file, places.base)),
    diagnostics: told.diagnostics.map((one) =>
      moved(one, (file) => named(resolve(places.from, file), places.base)),
    ),
    ...(told.made && { made: told.made }),
  };
  // Of a package, or a folder's index, it is not known what else would have been taken before it.
  const known = read.every((file) => !/[\\/]node_modules[\\/]|[\\/]index\.ts$/.test(file) || isOurs(file));
  if (known && untouched([entry, ...read], date))
    write(folder, key, digest(JSON.stringify(kept.sources)), kept);
  return kept;
}

/** What the original gives, with the paths of this place. */
function given(kept: Kept, { path, places, time }: { path: string; places: Places; time: number }): Build {
  const files = kept.files.map((name) => placed(name, places.base));
  const diagnostics = kept.diagnostics.map((one) =>
    moved(one, (name) => shown(placed(name, places.base), places.from)),
  );
  if (kept.made === undefined) throw new BuildError(path, diagnostics, { files });
  const { wasm, ...rest } = kept.made;
  const texts = (wanted: string) =>
    diagnostics.filter(({ category }) => category === wanted).map(diagnosticText);
  return {
    wasm: new Uint8Array(Buffer.from(wasm, "base64")),
    ...rest,
    warnings: texts("warning"),
    notes: texts("note"),
    diagnostics,
    files,
    time,
  };
}

function isSame({ sources }: Kept, { base }: Places): boolean {
  return sources.every(([name, was]) => digestOf(placed(name, base)) === was);
}

/** The package.json that says what the plugin is called, and those above the entry that are not there. */
function packages(base: string): string[] {
  const file = join(base, "package.json");
  return textOf(file) !== null || dirname(base) === base ? [file] : [file, ...packages(dirname(base))];
}

/** A file that was saved while the compiler ran may not be what the compiler read. `Date.now()` cuts off fractions. */
function untouched(files: readonly string[], since: number): boolean {
  return files.every((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < since + 1);
}

/** Of the guest library, which the digest of the tools has in it. */
function isOurs(file: string): boolean {
  const path = relative(ROOT, file).replaceAll("\\", "/");
  return path === "guest.ts" || path.startsWith("abi/");
}

function named(file: string, base: string): string {
  return (isOurs(file) ? `moult:${relative(ROOT, file)}` : relative(base, file)).replaceAll("\\", "/");
}

function placed(name: string, base: string): string {
  return name.startsWith("moult:") ? join(ROOT, name.slice("moult:".length)) : resolve(base, name);
}

function shown(file: string, from: string): string {
  return relative(from, file).replaceAll("\\", "/");
}

function moved(one: BuildDiagnostic, place: (file: string) => string): BuildDiagnostic {
  return one.file === undefined || one.file.startsWith("~lib/") ? one : { ...one, file: place(one.file) };
}

function digestOf(file: string): string | null {
  const text = textOf(file);
  return text === null ? null : digest(text);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
