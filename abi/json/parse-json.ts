/**
 * Parses the JSON of a file that people write, as npm and Node read `package.json`: editors on Windows put a byte order
 * mark before it.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(/^\ufeff/, ""));
}
