/** Variables at file level that are outside of the state, as the manifest lists them. */

export interface HeldVariable {
  readonly name: string;
  readonly file: string;
  /** Its author says that it begins anew with every version. */
  readonly transient: boolean;
}

/** @returns nothing for a module that does not say */
export function variablesOf(manifest: object): readonly HeldVariable[] | undefined {
  const { variables } = manifest as { readonly variables?: unknown };
  if (!Array.isArray(variables)) return undefined;
  return variables.filter(isVariable).map(({ name, file, transient = false }) => ({ name, file, transient }));
}

/** `counter, seen (plugin.ts); hits (pages.ts)` */
export function listed(variables: readonly Pick<HeldVariable, "name" | "file">[], most = 8): string {
  const files = new Map<string, string[]>();
  for (const { name, file } of variables.slice(0, most)) files.set(file, [...(files.get(file) ?? []), name]);
  const text = [...files].map(([file, names]) => `${names.join(", ")} (${file})`).join("; ");
  const more = variables.length - most;
  return more > 0 ? `${text} and ${more} more` : text;
}

function isVariable(value: unknown): value is { name: string; file: string; transient?: boolean } {
  if (typeof value !== "object" || value === null) return false;
  const { name, file, transient } = value as Record<string, unknown>;
  const marked = transient === undefined || typeof transient === "boolean";
  return typeof name === "string" && typeof file === "string" && marked;
}
