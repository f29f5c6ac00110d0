/**
 * What a text of JSON says, read as npm and Node read `package.json`: a byte order mark before it means nothing.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(/^\ufeff/, ""));
}
