/** The features of all lists, for those who do not run them: their names come from the text, so that no engine is needed. */
import { readFileSync } from "node:fs";

export interface Feature {
  readonly id: string;
  readonly title: string;
  /** Whether it needs files: pages are not asked. */
  readonly server: boolean;
  readonly slow: boolean;
}

export const FEATURES: readonly Feature[] = ["list.js", "server-list.js"].flatMap((file) => {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  return [
    ...text.matchAll(/\n {4}id: "([^"]+)",\n {4}title: ("(?:[^"\\]|\\.)*"|'[^']*'),\n( {4}slow: true,\n)?/g),
  ].map(([, id = "", title = "", slow]) => ({
    id,
    title: title.startsWith("'") ? title.slice(1, -1) : (JSON.parse(title) as string),
    server: file === "server-list.js",
    slow: slow !== undefined,
  }));
});
