/** References: names of artifacts in a registry, or in a folder that is one. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe } from "../../abi/canonical/memory.ts";
import { printable } from "../../abi/printable.ts";
import { PluginError } from "../errors.ts";

export interface Reference {
  /** `oci://ghcr.io/acme/visits:1.0.0`, as messages and lock files have it; a folder as it was given. */
  readonly text: string;
  readonly place: RegistryPlace | FolderPlace;
  readonly tag: string | undefined;
  /** `sha256:` and 64 hexadecimal digits. It says more than a tag beside it. */
  readonly digest: string | undefined;
}

export interface RegistryPlace {
  /** `ghcr.io`, `localhost:5000` */
  readonly host: string;
  /** `acme/visits` */
  readonly repository: string;
}

export interface FolderPlace {
  readonly folder: string;
}

const LONGEST = 2_048;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;
const PART = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const WANTED =
  "oci://HOST/REPOSITORY:TAG, such as oci://ghcr.io/acme/visits:1.0.0, with @sha256:… for one digest; or oci:FOLDER:TAG";

/** Whether a text is meant as a reference: a file's name is none. */
export function isReference(text: string): boolean {
  return /^oci:/i.test(text);
}

/**
 * @param given `oci://ghcr.io/acme/visits:1.0.0`, the same without `oci://`, or `oci:FOLDER:1.0.0`
 * @param cwd what a folder is relative to
 * @throws PluginError `argument`
 */
export function parseReference(given: unknown, cwd = process.cwd()): Reference {
  const text = given instanceof URL ? given.href : given;
  if (typeof text !== "string") throw misfit(describe(given));
  if (text.length > LONGEST) throw misfit(`a text of ${text.length} characters`);
  // A password that was written here would end up in logs and lock files.
  if (/^(oci:\/\/)?[^/]*:[^/]*@(?!sha256:)/i.test(text))
    throw misfit("a user and a password in it", "give those by the option credentials, or by docker login");
  const [, scheme = "", rest = ""] = /^(oci:(?:\/\/)?)?(.*)$/is.exec(text) ?? [];
  const [name = "", digest, ...more] = rest.split("@");
  if (more.length > 0 || (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)))
    throw misfit(shown(text), "its digest is not sha256: and 64 hexadecimal digits");
  const { path, tag } = withoutTag(name, text);
  if (/^oci:$/i.test(scheme)) return inFolder(path, { tag, digest, cwd });
  const at = path.indexOf("/");
  const host = at < 0 ? "" : path.slice(0, at);
  const named = scheme !== "" || /[.:]|^localhost$/i.test(host);
  if (!named || !HOST.test(host)) throw misfit(shown(text), "it has no host with a repository");
  const repository = path.slice(at + 1);
  if (repository.length > 255 || !repository.split("/").every((part) => PART.test(part)))
    throw misfit(shown(text), "its repository is not small letters and digits, with . _ - and / between");
  const own = host.toLowerCase();
  return {
    text: written(`oci://${own}/${repository}`, tag, digest),
    place: { host: own, repository },
    tag,
    digest,
  };
}

/** The same artifact, named by its digest. */
export function pinned({ text, digest: before }: Reference, digest: string): string {
  return before === undefined ? `${text}@${digest}` : text;
}

export function isFolder(place: Reference["place"]): place is FolderPlace {
  return "folder" in place;
}

function withoutTag(
  name: string,
  whole: string,
): { readonly path: string; readonly tag: string | undefined } {
  const slash = Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\"));
  const colon = name.lastIndexOf(":");
  // Before a slash it parts a host and its port, or a drive and its path.
  if (colon < 0 || colon < slash) return { path: name, tag: undefined };
  const tag = name.slice(colon + 1);
  if (TAG.test(tag)) return { path: name.slice(0, colon), tag };
  throw misfit(shown(whole), "its tag is not up to 128 letters, digits, . _ and -");
}

function inFolder(
  path: string,
  {
    tag,
    digest,
    cwd,
  }: { readonly tag: string | undefined; readonly digest: string | undefined; readonly cwd: string },
): Reference {
  if (path === "" || path.includes("\0")) throw misfit("no folder");
  const text = written(`oci:${path.replace(/^\.\//, "")}`, tag, digest);
  return { text, place: { folder: resolve(cwd, path) }, tag, digest };
}

function written(name: string, tag: string | undefined, digest: string | undefined): string {
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function shown(text: string): string {
  return `"${printable(text, 256)}"`;
}

function misfit(found: string, why?: string): PluginError {
  const more = why === undefined ? "" : `: ${why}`;
  return new PluginError("argument", `could not use a reference: found ${found}${more}; wanted ${WANTED}`);
}

/** Where a registry answers. Docker's own has another name than its API. */
export function baseOf({ host }: RegistryPlace, plain: boolean): URL {
  const at = host === "docker.io" || host === "index.docker.io" ? "registry-1.docker.io" : host;
  return new URL(`${plain ? "http" : "https"}://${at}/`);
}

/** Where the content of a folder is, for the option `sources`. */
export function folderUrl({ folder }: FolderPlace): URL {
  return pathToFileURL(`${folder}/`);
}
