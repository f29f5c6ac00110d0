/** An author's folder, made for a test: a package with a plugin in several versions. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Author {
  readonly folder: string;
  /** The absolute path of a file of theirs. */
  path(name: string): string;
  write(name: string, text: string | Uint8Array): Promise<string>;
  leave(): Promise<void>;
}

/** @param files by their names; a `package.json` of `visits` 1.0.0 is there unless another one is given */
export async function author(files: Readonly<Record<string, string>>): Promise<Author> {
  const folder = await mkdtemp(join(tmpdir(), "moult-author-"));
  const path = (name: string) => join(folder, name);
  const write = async (name: string, text: string | Uint8Array) => {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), text);
    return path(name);
  };
  const manifest = JSON.stringify({ name: "visits", version: "1.0.0" });
  for (const [name, text] of Object.entries({ "package.json": manifest, ...files })) await write(name, text);
  return { folder, path, write, leave: () => rm(folder, { recursive: true, force: true }) };
}

/** A counter of visits, whose state class has these fields; `visit` counts one. */
export function visits(fields: string, more = ""): string {
  return `import { clock, log, random, state } from "moult/guest";
@state
class Visits {
  total: u64 = 0;
  ${fields}
}
const visits = state<Visits>();
export function visit(page: string): u64 {
  visits.total++;
  return visits.total;
}
export function total(): u64 {
  return visits.total;
}
${more}
`;
}
