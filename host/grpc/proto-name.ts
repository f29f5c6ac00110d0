/** Names in the style of protobuf: `TopPaths`, `top_paths`, `TOP_PATHS`. */
import { kebabCase, label } from "../../abi/tools.ts";

/** The words of a name in WIT, of a key, or of a title, which may be any text. */
function words(name: string): string[] {
  const found = kebabCase(label(name).replace(/[^A-Za-z0-9]+/g, "-")).split("-");
  return found.filter((word) => word !== "");
}

/** `top-paths` as a message, an enum, a service or an rpc. */
export function typeName(name: string): string {
  const all = words(name).map((word) => word[0]!.toUpperCase() + word.slice(1));
  return begun(all.join(""), "T");
}

/** `top-paths` as a field. */
export function fieldName(name: string): string {
  return begun(words(name).join("_"), "f_");
}

/** `low` as a value of the enum `Level`: values of all enums of a package lie in one scope. */
export function valueName(type: string, name: string): string {
  return [...words(type), ...words(name)].join("_").toUpperCase();
}

/** Names begin with a letter. */
function begun(name: string, letter: string): string {
  return /^[A-Za-z]/.test(name) ? name : letter + name;
}

/**
 * `demo:site/visits@1.2.0` is the package `demo.site.visits.v1`; below 1.0.0 a minor version may break its callers, and
 * is named too.
 *
 * @returns the package, and the interface as a service's name
 */
export function packageOf(text: string): { readonly package: string; readonly service: string } {
  const [path = "", version = ""] = text.split("@");
  const [major, minor] = version.split(".");
  const parts = path.split(/[:/]/);
  const numbered = major === "0" ? `v0_${minor ?? 0}` : `v${major}`;
  return { package: [...parts.map(fieldName), numbered].join("."), service: typeName(parts.at(-1)!) };
}

/** Names that are taken, each once: a second one of a kind gets a number. */
export class Names {
  readonly #taken = new Set<string>();

  /** @param apart what must differ: JSON's names of fields leave out the underscores */
  take(name: string, apart: (name: string) => string = (same) => same): string {
    let own = name;
    for (let i = 2; this.#taken.has(apart(own)); i++) own = `${name}${i}`;
    this.#taken.add(apart(own));
    return own;
  }
}
