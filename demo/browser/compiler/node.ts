/**
 * The little of Node that the transform uses, for a page: files are texts in memory, paths begin with `/`. The bundle
 * of the compiler has this in the place of `node:fs`, `node:path` and `node:url`.
 */

/** Texts by path, of the guest library and of the compiler's own. */
export const FILES = new Map<string, string>();

export function readFileSync(file: string | URL): string {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const own = /abi\/guest\/.+$/.exec(path)?.[0] ?? path;
  const text = FILES.get(own);
  if (text === undefined) throw new Error(`no such file: ${path}`);
  return text;
}

export function fileURLToPath(url: URL | string): string {
  return new URL(url).pathname;
}

export function resolve(...parts: readonly string[]): string {
  const folders: string[] = [];
  for (const part of parts.join("/").split("/")) {
    if (part === "..") folders.pop();
    else if (part !== "" && part !== ".") folders.push(part);
  }
  return `/${folders.join("/")}`;
}

export function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** @returns a path below `from` without it; any other as it is */
export function relative(from: string, to: string): string {
  const base = from.endsWith("/") ? from : `${from}/`;
  return to.startsWith(base) ? to.slice(base.length) : to;
}
