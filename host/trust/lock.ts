/** Lock files: the modules that may be loaded, each by its name, version, SHA-256 and permissions. */
import * as z from "zod/mini";
import { AbiError } from "../../abi/error.ts";
import { parseJson } from "../../abi/json/parse-json.ts";
import { parseManifest } from "../../abi/manifest.ts";
import { printable } from "../../abi/printable.ts";
import { MANIFEST } from "../../abi/v1.ts";
import { WasmBinary } from "../../abi/wasm/binary.ts";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { PluginError } from "../errors.ts";

/** The content of a lock file, as `parseLock` and `lockFile` read it. */
export interface Lock {
  /** The form of the file: 1. */
  readonly lockVersion: 1;
  /** By the name of the plugin, then by its version. */
  readonly modules: Readonly<Record<string, Readonly<Record<string, LockedModule>>>>;
  /**
   * The digest that a name in a registry stands for: `oci://ghcr.io/acme/visits:1.0.0` for `sha256:…`.
   * @default nothing
   */
  readonly references?: Readonly<Record<string, string>> | undefined;
}

/** What a lock says of one module. */
export interface LockedModule {
  /** In hexadecimal. */
  readonly sha256: string;
  /** What it imports, sorted: `acme:db/rows@1.0.0#find`. */
  readonly permissions: readonly string[];
  /** Public keys, in base64, that have to have signed it. */
  readonly signers: readonly string[];
}

/** What a module is, by its bytes alone. */
export interface Identity {
  /** Missing for a module without a manifest. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly permissions: readonly string[];
}

/** The most characters of a lock file, and the most modules. */
const MOST_TEXT = 4_194_304;
const MOST_MODULES = 10_000;

const text = (most: number) =>
  z.string("wanted a text").check(z.maxLength(most, `wanted at most ${most} characters`));
const list = <T extends z.core.$ZodType>(of: T, most: number) =>
  z.array(of, "wanted a list").check(z.maxLength(most, `wanted at most ${most}`));
/** The issues of objects: what is unknown is named. */
const error = (issue: { readonly code?: string; readonly keys?: readonly string[] }) =>
  issue.code === "unrecognized_keys"
    ? `found ${issue.keys?.join(", ")}, which is unknown`
    : "wanted an object";
const entry = z.strictObject(
  {
    sha256: z.string("wanted a text").check(z.regex(/^[0-9a-f]{64}$/, "wanted 64 hexadecimal digits")),
    permissions: list(text(4_096), 10_000),
    signers: list(
      z
        .string("wanted a text")
        .check(z.regex(/^[A-Za-z0-9+/]{43}=$/, "wanted the 32 bytes of a key in base64")),
      64,
    ),
  },
  { error },
);
const whole = z.strictObject(
  {
    lockVersion: z.literal(1, "wanted 1: another version of moult may read it"),
    modules: z.record(text(1_024), z.record(text(256), entry, "wanted an object"), "wanted an object"),
    references: z.optional(
      z.record(
        text(4_096),
        z.string("wanted a text").check(z.regex(/^sha256:[0-9a-f]{64}$/, "wanted sha256: and 64 digits")),
        "wanted an object",
      ),
    ),
  },
  { error },
);
/** Locks that were checked: a plugin's is the same at each swap. Not state: an entry is freed with its lock. */
const CHECKED = new WeakSet<object>();

/**
 * Reads the text of a lock file.
 *
 * @param from where it is, for messages
 * @throws PluginError `bad-lock`
 */
export function parseLock(text: string, from = "a lock"): Lock {
  if (text.length > MOST_TEXT)
    throw badLock(from, `it has ${text.length} characters; at most ${MOST_TEXT} are read`);
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw badLock(from, `it is not JSON: ${(cause as Error).message}`, cause);
  }
  return checkedLock(json, from);
}

/** The same, which its caller cannot change any more. @throws PluginError `bad-lock` */
export function checkedLock(given: unknown, from = "the option lock"): Lock {
  if (typeof given === "object" && given !== null && CHECKED.has(given)) return given as Lock;
  const parsed = whole.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.length ? `${printable(issue.path.join("."))}: ` : "";
    throw badLock(from, `${at}${issue?.message ?? "it is of another form"}`);
  }
  const count = Object.values(parsed.data.modules).reduce((sum, each) => sum + Object.keys(each).length, 0);
  if (count > MOST_MODULES) throw badLock(from, `it has ${count} modules; at most ${MOST_MODULES} are read`);
  const own = frozen(parsed.data);
  CHECKED.add(own);
  return own;
}

/** The value, which nobody can change any more. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

function badLock(from: string, why: string, cause?: unknown): PluginError {
  const options = cause === undefined ? {} : { cause };
  return new PluginError(
    "bad-lock",
    `could not use ${printable(from)}: ${why}; moult lock writes one`,
    options,
  );
}

/** The text of a lock file: sorted, so that the same modules make the same text. */
export function lockText({ lockVersion, modules, references = {} }: Lock): string {
  const sorted = <T>(record: Readonly<Record<string, T>>, each: (value: T) => unknown) =>
    Object.fromEntries(
      Object.entries(record)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, value]) => [key, each(value)]),
    );
  const written = ({ sha256, permissions, signers }: LockedModule) => ({
    sha256,
    permissions: [...permissions].sort(),
    signers: [...signers].sort(),
  });
  const all = sorted(modules, (versions) => sorted(versions, written));
  // Without any it reads as ever, for versions of moult that know of none.
  const some = Object.keys(references).length > 0;
  const found = some && { references: sorted(references, (digest) => digest) };
  return `${JSON.stringify({ lockVersion, modules: all, ...found }, null, 2)}\n`;
}

/** What a module is, by its bytes. @throws PluginError `invalid-module`, `bad-manifest` */
export function identityOf(bytes: Uint8Array, from: string): Identity {
  try {
    const binary = new WasmBinary(bytes);
    const [section] = binary.custom(MANIFEST);
    if (section === undefined) {
      const imports = binary.imports.map(({ module, name }) => `${module}#${name}`);
      return { name: undefined, version: undefined, permissions: [...new Set(imports)].sort() };
    }
    const { name, version, imports } = parseManifest(section);
    const permissions = imports.flatMap((each) =>
      each.functions.map((wanted) => `${each.interface}#${wanted.name}`),
    );
    return { name, version, permissions: permissions.sort() };
  } catch (cause) {
    if (cause instanceof Malformed)
      throw new PluginError("invalid-module", `could not load ${from}: ${cause.message}`, { cause });
    if (cause instanceof AbiError)
      throw new PluginError("bad-manifest", `could not load ${from}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** What is compared with a lock. */
export interface Arrived {
  readonly from: string;
  readonly sha256: string;
  readonly identity: Identity;
}

/**
 * What a lock says of a module, where it is what the lock says.
 * @throws PluginError `lock-differs` with both sides
 */
export function lockedIn({ modules }: Lock, { from, sha256, identity }: Arrived): LockedModule {
  const { name, version, permissions } = identity;
  const refuse = (why: string) => new PluginError("lock-differs", `could not load ${from}: ${why}`);
  if (name === undefined || version === undefined) {
    const all = Object.values(modules).flatMap((versions) => Object.values(versions));
    const found = all.find((each) => each.sha256 === sha256);
    if (found) return found;
    throw refuse(`it has the SHA-256 ${sha256}, and no module in the lock has`);
  }
  const versions = Object.hasOwn(modules, name) ? modules[name]! : {};
  const locked = Object.hasOwn(versions, version) ? versions[version]! : undefined;
  const title = printable(`${name} ${version}`);
  if (!locked) {
    const others = Object.keys(versions).slice(0, 8).join(", ");
    throw refuse(
      `it is ${title}, and the lock has ${others === "" ? `no ${printable(name)}` : `only version ${others} of it`}`,
    );
  }
  if (locked.sha256 !== sha256)
    throw refuse(`it is ${title} with the SHA-256 ${sha256}, and the lock has ${locked.sha256}`);
  if (!same(locked.permissions, permissions))
    throw refuse(`${title} asks for ${named(permissions)}, and the lock says ${named(locked.permissions)}`);
  return locked;
}

function same(one: readonly string[], other: readonly string[]): boolean {
  const sorted = [...other].sort();
  return one.length === other.length && [...one].sort().every((each, i) => each === sorted[i]);
}

function named(permissions: readonly string[]): string {
  return permissions.length === 0 ? "nothing" : permissions.join(", ");
}
