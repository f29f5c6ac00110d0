/** Sources: where modules may come from. */
import { PluginError } from "../errors.ts";
import { shownUrl } from "../module/address.ts";
import { checkFlag, isGroup, misfit } from "../option.ts";

/** Where a plugin's modules, and signatures of them, may come from. */
export interface Sources {
  /** `https`, `file` and the like. @default any; where `hosts` are given, `https` alone */
  readonly schemes?: readonly string[];
  /**
   * Hosts: `plugins.example.org`, `localhost:8080`; `*.example.org` for all below it. Without a port it is the
   * scheme's own. URLs of `schemes` that have no host, such as `file:`, are not concerned.
   * @default any
   */
  readonly hosts?: readonly string[];
  /**
   * Redirects are followed, up to twenty, to what `schemes` and `hosts` allow, and never from https to http
   * unless `schemes` has `http`. A browser does not tell where it is led: there, only the last URL is looked
   * at.
   * @default false
   */
  readonly redirects?: boolean;
}

const NAMES = ["schemes", "hosts", "redirects"] as const satisfies readonly (keyof Sources)[];
const PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

interface Host {
  /** With a dot in front, for all below it. */
  readonly name: string;
  readonly port: string;
}

/** The same, which its caller cannot change any more. @throws PluginError `argument` */
export function ownSources(given: Sources): Sources {
  rulesOf(given);
  const { schemes, hosts, redirects } = given;
  return {
    ...(schemes && { schemes: [...schemes] }),
    ...(hosts && { hosts: [...hosts] }),
    ...(redirects !== undefined && { redirects }),
  };
}

export interface Rules {
  readonly redirects: boolean;
  /** @param how it came to be asked for, for messages @throws PluginError `forbidden-source` */
  admit(url: URL, how?: string): void;
  /** Whether a redirect may lead from the one to the other, by its scheme. */
  secures(from: URL, to: URL): boolean;
}

/** @throws PluginError `argument` */
export function rulesOf(given: Sources = {}): Rules {
  if (!isGroup(given)) throw misfit(given, "sources", "an object, or undefined");
  const stranger = Object.keys(given).find((name) => !NAMES.some((known) => known === name));
  if (stranger !== undefined) throw misfit(stranger, "sources", `${NAMES.join(", ")} and nothing else`);
  const { redirects = false } = given;
  checkFlag(redirects, "sources.redirects");
  const hosts = listed(given.hosts, "hosts")?.map(host);
  const schemes = listed(given.schemes, "schemes")?.map(scheme) ?? (hosts && ["https:"]);
  const admit = (url: URL, how = "") => {
    const refuse = (what: string, found: string, allowed: readonly string[]) => {
      const why = `${how}found the ${what} ${found}, wanted ${list(allowed)} (the option sources)`;
      return new PluginError("forbidden-source", `could not read ${shownUrl(url)}: ${why}`);
    };
    if (schemes && !schemes.includes(url.protocol)) throw refuse("scheme", url.protocol, schemes);
    if (!hosts || (url.host === "" && schemes?.includes(url.protocol))) return;
    const { hostname, port } = url;
    const asked = { name: hostname.toLowerCase(), port: port || (PORTS[url.protocol] ?? "") };
    if (!hosts.some((each) => serves(each, asked, url.protocol)))
      throw refuse("host", url.host === "" ? "none" : url.host, given.hosts ?? []);
  };
  const secures = (from: URL, to: URL) =>
    from.protocol !== "https:" ||
    to.protocol === "https:" ||
    given.schemes?.map(scheme).includes("http:") === true;
  return { redirects, admit, secures };
}

function serves({ name, port }: Host, asked: Host, protocol: string): boolean {
  if (asked.port !== (port || (PORTS[protocol] ?? ""))) return false;
  return name.startsWith(".") ? asked.name.endsWith(name) && asked.name !== name : asked.name === name;
}

function listed(value: unknown, name: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string"))
    return value;
  throw misfit(value, `sources.${name}`, "a list of one or more texts, or undefined for any");
}

function scheme(text: string): string {
  const name = text.replace(/:$/, "").toLowerCase();
  if (/^[a-z][a-z0-9+.-]*$/.test(name)) return `${name}:`;
  throw misfit(text, "sources.schemes", "names of schemes, such as https");
}

function host(text: string): Host {
  const below = text.startsWith("*.");
  const [, name = "", port = ""] =
    /^(\[[0-9a-f:.]+\]|[^:/?#@\\\s*]+)(?::(\d{1,5}))?$/i.exec(below ? text.slice(2) : text) ?? [];
  const url = name === "" ? undefined : parsed(`http://${name}:${port || "80"}/`);
  if (url) return { name: `${below ? "." : ""}${url.hostname}`, port };
  throw misfit(text, "sources.hosts", "hosts, such as plugins.example.org, *.example.org or localhost:8080");
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function list(allowed: readonly string[]): string {
  const shown = allowed.slice(0, 8).join(", ");
  return allowed.length > 8
    ? `${shown} or one of ${allowed.length - 8} more`
    : shown.replace(/, ([^,]*)$/, " or $1");
}
