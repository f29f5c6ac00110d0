/**
 * Ed25519 keys as bytes and as text. A key alone has 32 bytes, and so has the seed that a private key is.
 *
 *     public    raw | 1, raw (wasmsign2) | SPKI | PEM of it
 *     private   seed | 81h, seed, raw (wasmsign2) | seed, raw | PKCS #8 | PEM of it
 */

/** What stands before a public key in SPKI, and before a seed in PKCS #8 (RFC 8410). */
const SPKI = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
const PKCS8 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/** The same where the public key follows. */
const PKCS8_WITH_PUBLIC = [0x30, 0x51, 2, 1, 1, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const RAW_PUBLIC = 1;
const RAW_PRIVATE = 0x81;
const SIZE = 32;

export type KeyKind = "public" | "private";

/** How each kind may be written, with the position of the 32 bytes. */
const FORMS: Readonly<Record<KeyKind, readonly (readonly [size: number, start: readonly number[]])[]>> = {
  public: [
    [SIZE, []],
    [1 + SIZE, [RAW_PUBLIC]],
    [SPKI.length + SIZE, SPKI],
  ],
  private: [
    [SIZE, []],
    [1 + 2 * SIZE, [RAW_PRIVATE]],
    [2 * SIZE, []],
    [PKCS8.length + SIZE, PKCS8],
    [PKCS8_WITH_PUBLIC.length + SIZE + 35, PKCS8_WITH_PUBLIC],
  ],
};

const PEM = /^\s*-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----\s*$/;
const LABELS: Readonly<Record<KeyKind, string>> = { public: "PUBLIC KEY", private: "PRIVATE KEY" };
/** The longest text of a key. */
const LONGEST = 4_096;

/**
 * The 32 bytes of a key.
 *
 * @param given bytes, or text: PEM, base64 or hexadecimal of one of the forms
 * @returns the bytes; or what was found instead, which says nothing of a private key's content
 */
export function keyBytes(given: unknown, kind: KeyKind): Uint8Array<ArrayBuffer> | string {
  if (typeof given !== "string") {
    if (!(given instanceof Uint8Array)) return given === null ? "null" : `a value of type ${typeof given}`;
    return read(given, kind);
  }
  if (given.length > LONGEST) return `a text of ${given.length} characters`;
  if (!given.includes("-----")) {
    const bytes = decoded(given.trim());
    if (bytes) return read(bytes, kind);
    return /^\s*ssh-ed25519 /.test(given) ? "an OpenSSH key" : `a text of ${given.length} characters`;
  }
  const [, label = "", body = ""] = PEM.exec(given) ?? [];
  const bytes = decoded(body.replace(/\s/g, ""));
  if (label === "" || !bytes) return "PEM that cannot be read, or has more than one part";
  if (label !== LABELS[kind]) return `PEM of ${article(label)}`;
  return read(bytes, kind);
}

function article(label: string): string {
  const other = Object.entries(LABELS).find(([, each]) => each === label)?.[0];
  return other ? `a ${other} key` : `"${label}"`;
}

function read(bytes: Uint8Array, kind: KeyKind): Uint8Array<ArrayBuffer> | string {
  const found = match(bytes, kind);
  if (found) return found;
  const other = kind === "public" ? "private" : "public";
  if (match(bytes, other)) return `a ${other} key`;
  const kin = bytes[0] === 0x30 ? ": a key of another algorithm, perhaps" : "";
  return `${bytes.length} bytes${kin}`;
}

function match(bytes: Uint8Array, kind: KeyKind): Uint8Array<ArrayBuffer> | undefined {
  const form = FORMS[kind].find(
    ([size, start]) => size === bytes.length && start.every((byte, i) => bytes[i] === byte),
  );
  return form && Uint8Array.from(bytes.subarray(form[1].length, form[1].length + SIZE));
}

/** Hexadecimal or base64, as far as it is one. */
function decoded(text: string): Uint8Array | undefined {
  if (/^(?:[0-9a-f]{2})+$/i.test(text))
    return Uint8Array.from(text.match(/../g) ?? [], (each) => Number.parseInt(each, 16));
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  if (base64 === "" || !/^[A-Za-z0-9+/]+$/.test(base64) || base64.length % 4 === 1) return undefined;
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** SPKI or PKCS #8 of 32 bytes. */
export function der(bytes: Uint8Array, kind: KeyKind): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...(kind === "public" ? SPKI : PKCS8), ...bytes]);
}

/** PEM of 32 bytes. */
export function pem(bytes: Uint8Array, kind: KeyKind): string {
  const label = LABELS[kind];
  return `-----BEGIN ${label}-----\n${base64(der(bytes, kind))}\n-----END ${label}-----\n`;
}

export function base64(bytes: Iterable<number>): string {
  return btoa(String.fromCharCode(...bytes));
}
