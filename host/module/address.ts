/** The URLs of sources, with and without their secrets. */
import { printable } from "../../abi/printable.ts";

/** The longest URL in a message, in UTF-8 bytes. */
const MOST = 4_096;

/**
 * A URL for messages and records: its origin and path. User, password, query and fragment are left out,
 * because they may be secret; `?…` shows that there was a query. The URL of a file is shown whole.
 */
export function shownUrl(url: URL): string {
  const { protocol, host, pathname, search } = url;
  if (protocol === "file:") return printable(url.href, MOST);
  if (protocol === "data:") return printable(`data:${pathname.split(",", 1)[0]},…`, MOST);
  const start = host === "" ? protocol : `${protocol}//${host}`;
  return printable(`${start}${pathname}`, MOST) + (search === "" ? "" : "?…");
}

/** The same for a text that may be a URL or a part of one. */
export function shownAddress(text: string): string {
  if (isDrive(text)) return printable(text, MOST);
  const url = /^[a-z][a-z0-9+.-]+:/i.test(text) ? parsed(text) : undefined;
  if (url) return shownUrl(url);
  const path = text.replace(/[?#].*$/s, "");
  return printable(path, MOST) + (path === text ? "" : "?…");
}

/** A path with the letter of a drive, or of a server, which URLs read as a scheme or not at all. */
export function isDrive(text: string): boolean {
  return /^([a-z]:|\\\\)/i.test(text);
}

/**
 * What to write instead of a text that should be a URL.
 *
 * @param shown as messages have it
 */
export function urlOf(shown: string, text: string): string {
  const path = `fileSource(${JSON.stringify(shown)}) of moult/node`;
  if (isDrive(text)) return path;
  const url = `new URL(${JSON.stringify(shown)}, import.meta.url)`;
  // In the path of a file these are characters like others.
  return parsed(text) || !/[#?%\\]/.test(text) ? url : `${url}, or for a path ${path}`;
}

/** An engine's message about a URL without its secrets: engines quote URLs in different ways. */
export function withoutSecrets(text: string, url: URL): string {
  let clean = text.replaceAll(URLS, (each) => {
    const quoted = parsed(each);
    return quoted ? shownUrl(quoted) : each;
  });
  for (const secret of secretsOf(url)) clean = clean.replaceAll(secret, "…");
  return clean;
}

/** An engine's error about a URL: the error itself, or a cleaned copy where its message has secrets in it. */
export function causeWithoutSecrets(cause: unknown, url: URL): unknown {
  if (!(cause instanceof Error) || !hasSecrets(url)) return cause;
  const { name, message, cause: why } = cause;
  const clean = new Error(withoutSecrets(message, url), { cause: causeWithoutSecrets(why, url) });
  clean.name = name;
  if ("code" in cause) Object.assign(clean, { code: cause.code });
  return clean;
}

/** A URL without user and password: `fetch` refuses those in URLs, so they go into a header. */
export function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare;
}

/** The header for a URL's user and password. */
export function authorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const bytes = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>`]+/gi;

function hasSecrets({ username, password, search, hash }: URL): boolean {
  return username + password + search + hash !== "";
}

/** The shortest secret that is searched for by itself: shorter ones could occur in any text. */
const TELLING = 4;

function secretsOf({ protocol, username, password, search, hash }: URL): string[] {
  if (protocol === "file:" || protocol === "data:") return [];
  const parts = [username, password, search.slice(1), hash.slice(1)];
  return parts.flatMap((part) => [part, decoded(part)]).filter(({ length }) => length >= TELLING);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
