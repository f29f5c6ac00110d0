/** The policy of one grant: what a plugin may send where, from its options. */
import { checkAmount, checkBytes, isGroup, misfit, optionsOf } from "../../option.ts";
import { checkTime } from "../../timer.ts";
import { type AddressRange, parseRange } from "./address.ts";
import { type Allowed, type AllowedOrigin, allowList } from "./allow-list.ts";
import { isToken, NEVER } from "./header-rules.ts";

export interface HttpOptions {
  /**
   * The origins that the plugin may send to: `https://api.example.com`, `https://*.example.com:8443` for every
   * name below `example.com`. A private address, or `localhost`, is reached where it is named here.
   */
  readonly allow: readonly (string | AllowedOrigin)[];
  /** @default GET and HEAD */
  readonly methods?: readonly string[];
  /**
   * The only headers that the plugin may send, by name: `["accept", "cookie"]`.
   * @default all but those that say who asks, such as `cookie` and `x-forwarded-for`
   */
  readonly headers?: readonly string[];
  /**
   * Private addresses that the names in `allow` may lead to: `["10.1.0.0/16", "fd00::/8"]`. Others are refused.
   * @default none
   */
  readonly privateAddresses?: readonly string[];
  /**
   * Whether the address that a name leads to has to be looked at before it is connected to. Browsers cannot do
   * that: there http is only granted with `"where-possible"`.
   * @default "required"
   */
  readonly addressCheck?: "required" | "where-possible";
  /** The most redirects that are followed, each of them within `allow`. 0 gives them to the plugin. @default 5 */
  readonly redirects?: number;
  /** Milliseconds for a request, with all of its redirects, until the answer is read. @default 10,000 */
  readonly timeout?: number;
  /** The most requests at a time, of all plugins with this grant. @default 8 */
  readonly concurrent?: number;
  /** The most bytes of a request: its URL, headers and body. @default 1 MiB */
  readonly maxRequestBytes?: number;
  /** The most bytes of an answer's body, as it comes and decoded. @default 4 MiB */
  readonly maxResponseBytes?: number;
  /** The most bytes of an answer's headers. @default 16 KiB */
  readonly maxHeaderBytes?: number;
}

export interface Policy extends Readonly<Record<Limit, number>> {
  readonly allow: readonly Allowed[];
  readonly methods: ReadonlySet<string>;
  /** In lower case; undefined for the default. */
  readonly headers: ReadonlySet<string> | undefined;
  readonly privateAddresses: readonly AddressRange[];
  readonly addressCheck: "required" | "where-possible";
}

type Limit =
  | "redirects"
  | "timeout"
  | "concurrent"
  | "maxRequestBytes"
  | "maxResponseBytes"
  | "maxHeaderBytes";

/** @throws PluginError `argument` */
export function policyOf(options: HttpOptions): Policy {
  if (!isGroup(options)) throw misfit(options, "the options of http", "an object with allow");
  const { allow, methods = ["GET", "HEAD"], headers, addressCheck = "required" } = optionsOf(options, "http");
  if (addressCheck !== "required" && addressCheck !== "where-possible") {
    throw misfit(addressCheck, "addressCheck", '"required" or "where-possible"');
  }
  return {
    allow: allowList(allow),
    methods: new Set(
      listOf(methods, "methods", isMethod, 'a list of methods such as "GET", but no CONNECT or TRACE'),
    ),
    headers: headers && new Set(namesOf(headers)),
    privateAddresses: rangesOf(options.privateAddresses ?? []),
    addressCheck,
    ...limitsOf(options),
  };
}

function limitsOf({
  redirects = 5,
  timeout = 10_000,
  concurrent = 8,
  maxRequestBytes = 2 ** 20,
  maxResponseBytes = 2 ** 22,
  maxHeaderBytes = 2 ** 14,
}: HttpOptions): Readonly<Record<Limit, number>> {
  checkAmount(redirects, "redirects", "a number of redirects from 0 to 20", 20);
  checkTime(timeout, "timeout");
  checkAmount(concurrent, "concurrent", "a number of requests from 0 up");
  checkBytes(maxRequestBytes, "maxRequestBytes");
  checkBytes(maxResponseBytes, "maxResponseBytes");
  // Runtimes have a bound of their own for the whole process below which they cannot go.
  checkAmount(maxHeaderBytes, "maxHeaderBytes", "bytes from 0 to 1 MiB", 2 ** 20);
  return { redirects, timeout, concurrent, maxRequestBytes, maxResponseBytes, maxHeaderBytes };
}

function listOf(
  given: unknown,
  name: string,
  fits: (each: string) => boolean,
  wanted: string,
): readonly string[] {
  if (!Array.isArray(given)) throw misfit(given, name, wanted);
  const wrong = given.findIndex((each: unknown) => typeof each !== "string" || !fits(each));
  if (wrong >= 0) throw misfit(given[wrong], name, wanted);
  return given as string[];
}

/** Methods are compared as they are: `get` is another one than `GET`. */
function isMethod(name: string): boolean {
  return /^[A-Z][A-Z-]{0,31}$/.test(name) && !/^(CONNECT|TRACE|TRACK)$/.test(name);
}

function namesOf(given: unknown): readonly string[] {
  const fits = (name: string) => isToken(name.toLowerCase()) && !NEVER.test(name.toLowerCase());
  const names = listOf(given, "headers", fits, "a list of names of headers that HTTP itself does not use");
  return names.map((name) => name.toLowerCase());
}

function rangesOf(given: unknown): readonly AddressRange[] {
  const fits = (text: string) => parseRange(text) !== undefined;
  const texts = listOf(given, "privateAddresses", fits, 'a list of addresses such as "10.1.0.0/16"');
  return texts.map((text) => parseRange(text)!);
}
