/** Variables at file level outside of the state, as the manifest lists them. */
import type { Manifest } from "../../abi/tools.ts";

type HeldVariable = NonNullable<Manifest["variables"]>[number];

/** `counter, seen (plugin.ts); hits (pages.ts)` */
export function listed(variables: readonly Pick<HeldVariable, "name" | "file">[], most = 8): string {
  const files = new Map<string, string[]>();
  for (const { name, file } of variables.slice(0, most)) files.set(file, [...(files.get(file) ?? []), name]);
  const text = [...files].map(([file, names]) => `${names.join(", ")} (${file})`).join("; ");
  const more = variables.length - most;
  return more > 0 ? `${text} and ${more} more` : text;
}
