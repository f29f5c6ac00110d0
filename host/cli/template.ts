/** Templates: real files beside this one, from which `moult new` makes a plugin's folder. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const TEMPLATES = ["log-handler", "empty"] as const;
export type TemplateName = (typeof TEMPLATES)[number];

export interface TemplateOptions {
  readonly template: TemplateName;
  /** The package's name. */
  readonly name: string;
  /** The dependency on moult, as in a `package.json`. */
  readonly moult: string;
}

/** The files of a new plugin: texts by their paths, with `/`. */
export type Files = ReadonlyMap<string, string>;

/** Reads a template, and fills in the plugin's names. */
export async function filesOf({ template, name, moult }: TemplateOptions): Promise<Files> {
  const own = { "log-handler": "demo:logs/handler", empty: `my:${name}/plugin` }[template];
  const files = new Map<string, string>();
  for (const part of ["base", template]) {
    for (const [path, text] of await textsIn(join(ROOT, part))) {
      files.set(path, text.replaceAll("{{name}}", name).replaceAll("{{interface}}", own));
    }
  }
  const json = JSON.parse(files.get("package.json") ?? "{}");
  json.name = name;
  json.moult.interface = `${own}@1.0.0`;
  json.devDependencies.moult = moult;
  if (template === "empty") delete json.moult.grant;
  files.set("package.json", `${JSON.stringify(json, null, 2)}\n`);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The folder, seen from `host/cli` and from `dist/bundle` alike. */
const ROOT = fileURLToPath(new URL("../../host/cli/templates/", import.meta.url));

async function textsIn(folder: string): Promise<[path: string, text: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry): Promise<[string, string]> => {
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(folder.length + 1).replaceAll("\\", "/");
      return [renamed(path), (await readFile(file, "utf8")).replaceAll("\r\n", "\n")];
    }),
  );
}

/** Files with names that would affect npm, git or editors in this repository are stored under other names. */
const STORED: Readonly<Record<string, string>> = {
  "_package.json": "package.json",
  "_tsconfig.json": "tsconfig.json",
  _gitignore: ".gitignore",
  _vscode: ".vscode",
};

function renamed(path: string): string {
  return path
    .split("/")
    .map((part) => STORED[part] ?? part)
    .join("/");
}
