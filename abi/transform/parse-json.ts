/**
 * Parses JSON as npm and Node read `package.json`: a byte order mark before it is ignored.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(/^\ufeff/, ""));
}
