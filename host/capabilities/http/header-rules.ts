/** Rules for headers: what a plugin may send, and what it gets. */

export type Header = { readonly name: string; readonly value: string };

/** Those by which HTTP itself works: nobody sets them. */
export const NEVER =
  /^(accept-encoding|connection|content-length|expect|host|http2-settings|keep-alive|te|trailer|transfer-encoding|upgrade|via|proxy-.*)$/;

/**
 * Those that say who asks, or that the request is another one than it looks: only sent where the option
 * `headers` names them.
 */
const UNLESS_NAMED =
  /^(cookie2?|date|dnt|forwarded|metadata(-.*)?|origin|sec-.*|x-aws-ec2-metadata-.*|x-forwarded-.*|x-http-method(-override)?|x-method-override|x-original-.*|x-real-ip|x-rewrite-url)$/;

/** Those that follow a redirect to another origin: they can carry no secret of the first one's. */
const FOLLOWING = /^(accept|accept-language|user-agent)$/;

/** Those of the connection, or that are no longer true once the body is decoded. */
const DROPPED =
  /^(connection|content-encoding|content-length|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

export function isToken(name: string): boolean {
  return /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name);
}

/** One line of Latin-1, as headers are sent, without blanks at its ends. */
export function isValue(value: string): boolean {
  return /^([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/.test(value);
}

/**
 * What is wrong with a header that a plugin sends.
 *
 * @param name in lower case
 * @param named names of the option `headers`, if it was given: no others are sent
 */
export function deniedHeader(name: string, named: ReadonlySet<string> | undefined): string | undefined {
  // Some servers read `_` as `-`.
  const alike = name.replaceAll("_", "-");
  if (NEVER.test(alike)) return "which HTTP itself sets";
  if (named) return named.has(name) ? undefined : "which the host does not allow (headers)";
  return UNLESS_NAMED.test(alike) ? "which the host has to allow by name (headers)" : undefined;
}

export function followsElsewhere(name: string): boolean {
  return FOLLOWING.test(name);
}

/** The headers of an answer, as the plugin gets them. */
export function given(headers: readonly (readonly [name: string, value: string])[]): Header[] {
  return headers
    .map(([name, value]) => ({ name: name.toLowerCase(), value }))
    .filter(({ name }) => !DROPPED.test(name));
}
