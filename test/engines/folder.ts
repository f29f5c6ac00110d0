/** The folder that every engine finds: the package, the modules that features read, and the programs. */
import { copyFile, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeModules } from "../endless/modules.ts";
import { build } from "../kept/build.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));

const GUESTS = join(root, "test/guests/engines");

/** What the package needs beside itself. */
const PACKAGES = [
  "zod",
  "assemblyscript",
  "binaryen",
  "long",
  "chokidar",
  "readdirp",
  "@assemblyscript",
  "commander",
];
const PROGRAMS = ["list.js", "server-list.js", "lacks.js", "run.js", "main.mjs", "page.js"];
const VERSIONS = [
  ["first", "ledger", "1.0.0"],
  ["second", "ledger", "2.0.0"],
  ["asks", "asks", "1.0.0"],
] as const;

/**
 * @param folder is there, and empty
 * @param packed where the package's files are
 * @param copies whether other packages are copied, for systems that do not follow links
 */
export async function furnish(folder: string, packed: string, copies = false): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(modules, { recursive: true });
  await cp(packed, join(modules, "moult"), {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|\.git|\.ci-[^\\/]*|test|bench|docs)$/.test(path),
  });
  for (const name of PACKAGES) {
    const [from, to] = [join(root, "node_modules", name), join(modules, name)];
    await (copies ? cp(from, to, { recursive: true, dereference: true }) : symlink(from, to, "junction"));
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const name of PROGRAMS) await copyFile(join(here, name), join(folder, name));
  await copyFile(join(root, "test/endless/program.js"), join(folder, "program.js"));
  await cp(GUESTS, join(folder, "guests"), { recursive: true });
  await writeModules(folder);
  for (const [file, name, version] of VERSIONS) {
    const options = { name, version, interface: `test:engines/${name}@1.0.0`, optimize: "debug" } as const;
    const made = await build(join(GUESTS, `${file}.ts`), options);
    await writeFile(join(folder, `${file}.wasm`), made.wasm);
    await writeFile(join(folder, `${file}.wasm.map`), made.sourceMap ?? "");
  }
}
