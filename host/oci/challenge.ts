/** Challenges: what a registry wants of one who is nobody to it yet. */

export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service: string | undefined };

/** The most characters of a header that are read. */
const LONGEST = 4_096;
const PARAMETER = /([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/giy;

/**
 * Reads `Bearer realm="https://auth.example.org/token",service="registry.example.org"`, or `Basic realm="..."`. Of
 * several, bearer comes first.
 *
 * @returns nothing for what asks for neither
 */
export function challengeIn(header: string | null): Challenge | undefined {
  if (header === null || header.length > LONGEST) return undefined;
  const bearer = parametersOf(header, "bearer");
  const realm = bearer?.get("realm");
  if (bearer && realm !== undefined) return { scheme: "bearer", realm, service: bearer.get("service") };
  return parametersOf(header, "basic") ? { scheme: "basic" } : undefined;
}

/** What follows the name of a scheme. */
function parametersOf(header: string, scheme: string): ReadonlyMap<string, string> | undefined {
  const begin = new RegExp(`(?:^|,)\\s*${scheme}(?=\\s|$)`, "i").exec(header);
  if (!begin) return undefined;
  const found = new Map<string, string>();
  let at = begin.index + begin[0].length;
  for (;;) {
    at += /^[\s,]*/.exec(header.slice(at))![0].length;
    PARAMETER.lastIndex = at;
    const next = PARAMETER.exec(header);
    if (!next) return found;
    const [whole, name = "", quoted, bare = ""] = next;
    found.set(name.toLowerCase(), quoted === undefined ? bare : quoted.replace(/\\(.)/g, "$1"));
    at += whole.length;
  }
}
