/** The allow list: the origins that a plugin may send to. */
import { describe } from "../../../abi/canonical/memory.ts";
import { PluginError } from "../../errors.ts";
import { isGroup, misfit } from "../../option.ts";
import { parseAddress } from "./address.ts";
import { isToken, isValue, NEVER } from "./header-rules.ts";

/** An origin, with what the host sends there besides. */
export interface AllowedOrigin {
  /** `https://api.example.com`, `http://127.0.0.1:8080`, `https://*.example.com` for every name below. */
  readonly origin: string;
  /**
   * Headers of the host's own, such as `authorization`: sent to this origin alone, in place of the plugin's of
   * the same name. The plugin does not see them.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One entry, read. */
export interface Allowed {
  readonly protocol: string;
  /** `api.example.com`, or `.example.com` for all names that end so. */
  readonly hostname: string;
  readonly port: string;
  /** By names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const WANTED = 'origins such as "https://api.example.com" or "https://*.example.com:8443"';

/** @throws PluginError `argument` for anything that is no list of origins */
export function allowList(given: unknown): readonly Allowed[] {
  if (!Array.isArray(given)) throw misfit(given, "allow", `a list of ${WANTED}`);
  return given.map((each: unknown) => allowed(each));
}

/** The entry that an address fits, if any: an exact one before one with a wildcard. */
export function entryFor(list: readonly Allowed[], { protocol, hostname, port }: URL): Allowed | undefined {
  const same = list.filter((each) => each.protocol === protocol && each.port === port);
  return (
    same.find((each) => each.hostname === hostname) ??
    same.find((each) => each.hostname.startsWith(".") && hostname.endsWith(each.hostname))
  );
}

function allowed(given: unknown): Allowed {
  const { origin, headers } = (typeof given === "string" ? { origin: given } : (given ?? {})) as Partial<
    Record<keyof AllowedOrigin, unknown>
  >;
  if (typeof origin !== "string") throw misfit(given, "allow", WANTED);
  return { ...parsedOrigin(origin), headers: ownHeaders(headers, origin) };
}

function parsedOrigin(origin: string): Omit<Allowed, "headers"> {
  const refuse = (why: string) =>
    new PluginError("argument", `could not use allow: found ${describe(origin)}, ${why}; wanted ${WANTED}`);
  const [, scheme, star, rest] = /^(https?:\/\/)(\*\.)?([^/*?#@\\\s]+)$/.exec(origin) ?? [];
  if (rest === undefined) throw refuse("which is no origin");
  let url: URL;
  try {
    url = new URL(`${scheme}${rest}`);
  } catch {
    throw refuse("which is no origin");
  }
  const { protocol, hostname, port } = url;
  if (star === undefined) return { protocol, hostname, port };
  if (hostname.startsWith("[") || parseAddress(hostname)) throw refuse("and addresses have no names below");
  // `*.com` would be everybody's.
  if (!/[^.]\.[^.]/.test(hostname) && hostname !== "localhost") {
    throw refuse("which would allow what belongs to many");
  }
  return { protocol, hostname: `.${hostname}`, port };
}

function ownHeaders(headers: unknown, origin: string): Allowed["headers"] {
  if (headers === undefined) return [];
  if (!isGroup(headers)) throw misfit(headers, `the headers of ${origin}`, "an object of texts");
  return Object.entries(headers).map(([key, value]: [string, unknown]) => {
    const name = key.toLowerCase();
    if (!isToken(name) || NEVER.test(name)) {
      throw misfit(key, `the headers of ${origin}`, "names of headers that HTTP itself does not use");
    }
    // The value may be a secret.
    if (typeof value !== "string" || !isValue(value)) {
      throw new PluginError(
        "argument",
        `could not use the header ${name} of ${origin}: wanted a text that fits one line`,
      );
    }
    return [name, value];
  });
}
