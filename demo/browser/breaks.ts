/** The six ways to break the plugin: edits of its source, as somebody could write them. */

export const BREAKS = ["trap", "loop", "forget", "rename", "network", "memory"] as const;
export type Break = (typeof BREAKS)[number];

/** What an edit is about: the line that is to blame holds this text. */
export const BLAMED: Readonly<Record<Break, string>> = {
  trap: "120 % left",
  loop: "while (bloom)",
  forget: "garden.x = still()",
  rename: ": Float32Array",
  network: "http.get",
  memory: "heap.alloc",
};

const FRAME = "export function frame(";
const FOR = "  for (let i = 0;";

/** The source, broken. It may have been edited: what an edit does not find, it leaves. */
export function broken(source: string, how: Break): string {
  switch (how) {
    case "trap":
      return source
        .replace(FRAME, `let left = 120;\n\n${FRAME}`)
        .replace(FOR, `  const rest = 120 % left--;\n${FOR}`);
    case "loop":
      return source.replace(/^( *)(drift\(.*\);)$/m, "$1while (bloom) $2");
    case "forget":
      return source.replace(
        FRAME,
        `export function onRestore(): void {\n  garden.x = still();\n  garden.y = still();\n}\n\n${FRAME}`,
      );
    case "rename":
      return renamed(source);
    case "network":
      return source
        .replace("import { state }", "import { http, state }")
        .replace(FOR, `  const weather = http.get("https://example.com/weather");\n${FOR}`);
    case "memory":
      return source.replace(FOR, `  while (heap.alloc(1 << 22)) {}\n${FOR}`);
  }
}

/** The field of the ages has one name or the other. */
function renamed(source: string): string {
  const from = /\b(age|years): Float32Array/.exec(source)?.[1];
  if (from === undefined) return source;
  const to = from === "age" ? "years" : "age";
  return source
    .replace(new RegExp(`^( *)(?:@was\\("\\w+"\\) )?${from}: `, "m"), `$1${to}: `)
    .replaceAll(`garden.${from}`, `garden.${to}`);
}

/** Writes the step that leads a field to its new name. */
export function withStep(source: string, from: string, to: string): string {
  return source.replace(new RegExp(`^( *)${to}: `, "m"), `$1@was("${from}") ${to}: `);
}

/** What a version is called on the tape: by what it changed. */
export interface Name {
  readonly key: "round" | "petals" | "back" | "spin" | "wind" | "edit" | "trap" | "loop" | "hoard";
  readonly value?: string;
  readonly again?: boolean;
}

export function nameOf(source: string, before: string): Name {
  const value = (text: string, key: string) => new RegExp(`const ${key}: f32 = (-?[\\d.]+)`).exec(text)?.[1];
  const changed = (key: string) => value(source, key) !== value(before, key);
  const petals = value(source, "PETALS");
  const spin = value(source, "SPIN");
  if (source.includes(BLAMED.trap)) return { key: "trap" };
  if (source.includes(BLAMED.loop)) return { key: "loop" };
  if (source.includes(BLAMED.memory)) return { key: "hoard" };
  if (changed("PETALS") && petals !== undefined)
    return Number(petals) === 0 ? { key: "round" } : { key: "petals", value: petals };
  if (changed("SPIN") && spin !== undefined)
    return Number(spin) === -Number(value(before, "SPIN")) ? { key: "back" } : { key: "spin", value: spin };
  const wind = value(source, "WIND");
  if (changed("WIND") && wind !== undefined) return { key: "wind", value: wind };
  return { key: "edit" };
}
