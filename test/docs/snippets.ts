/**
 * What the documents show, so that it can be run. A fence says in its first line what it is:
 *
 *     ts file=plugins/hello.ts    the text of a file, in a folder of the reader's own
 *     sh run                      commands that the reader types there, one a line; `cd` leads on, and a command may
 *                                 end with `# exits with 1`
 *     sh setup                    the same, of commands that install: they run where a folder begins empty, with npm; other
 *                                 tests lay links to the packages instead, and pass over them
 *     text output                 what the last command printed
 *     sh serve=hub                a command that stays, in a terminal of its own; without a name, in the first one
 *     text log=hub                what that prints next, where … stands for any word, and as the first line for any lines
 *     text stop=hub               Ctrl-C there
 *
 * All other fences are only shown.
 */
export type Snippet =
  | { readonly kind: "file"; readonly path: string; readonly text: string; readonly line: number }
  | { readonly kind: "run" | "setup"; readonly commands: readonly string[]; readonly line: number }
  | { readonly kind: "serve"; readonly where: string; readonly command: string; readonly line: number }
  | { readonly kind: "log"; readonly where: string; readonly text: string; readonly line: number }
  | { readonly kind: "stop"; readonly where: string; readonly line: number }
  | { readonly kind: "output"; readonly text: string; readonly line: number };

/** The snippets of a document, in its order. @throws Error when a fence says something that is not known */
export function snippetsOf(markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  for (const match of markdown.matchAll(/^```([a-z0-9]*)(?: (.+))?\n([\s\S]*?)^```$/gm)) {
    const [, language, info, text = ""] = match;
    const line = markdown.slice(0, match.index).split("\n").length;
    const file = /^file=(\S+)$/.exec(info ?? "")?.[1];
    const [, terminal, where = ""] = /^(serve|log|stop)(?:=(\w+))?$/.exec(info ?? "") ?? [];
    if (info === undefined) continue;
    if (file !== undefined) snippets.push({ kind: "file", path: file, text, line });
    else if (language === "sh" && (info === "run" || info === "setup"))
      snippets.push({ kind: info, commands: text.trimEnd().split("\n"), line });
    else if (language === "sh" && terminal === "serve")
      snippets.push({ kind: "serve", where, command: text.trimEnd(), line });
    else if (language === "text" && terminal === "log") snippets.push({ kind: "log", where, text, line });
    else if (language === "text" && terminal === "stop") snippets.push({ kind: "stop", where, line });
    else if (language === "text" && info === "output") snippets.push({ kind: "output", text, line });
    else throw new Error(`line ${line}: a fence of ${language} that says "${info}"`);
  }
  return snippets;
}

/** The document without a section, its lines where they are. @throws Error where it has none of that heading */
export function without(markdown: string, heading: string): string {
  const [before, section] =
    new RegExp(`^([^]*)(^## ${heading}\n[^]*?)(?=^## )`, "m").exec(markdown)?.slice(1) ?? [];
  if (before === undefined || section === undefined) throw new Error(`there is no section "${heading}"`);
  return before + section.replace(/.+/g, "") + markdown.slice(before.length + section.length);
}
