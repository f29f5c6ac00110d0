/** Ids of modules that stand for plugins. The zero byte keeps other plugins from parsing the entry. */
const [BEFORE, AFTER] = ["\0moult:", ".js"];

/** @param file an absolute path, with `/` */
export function idOf(file: string): string {
  return `${BEFORE}${file}${AFTER}`;
}

/** The entry file that an id stands for. */
export function fileOf(id: string): string | undefined {
  return id.startsWith(BEFORE) ? id.slice(BEFORE.length, -AFTER.length) : undefined;
}
