/** Public keys: what signatures are checked by. */
import { hex } from "../../abi/state/avro/hex.ts";
import { PluginError } from "../errors.ts";
import { keyBytes } from "./key-bytes.ts";
import { keyIdOf } from "./key-id.ts";

/**
 * An Ed25519 public key: PEM (SPKI), or as bytes, base64 or hexadecimal: its 32 bytes, the 33 that wasmsign2
 * writes, or SPKI in DER.
 */
export type PublicKey = string | Uint8Array;

/** A key as it is used. */
export interface Key {
  /** 32 bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What signatures call it, as wasmsign2 does: 24 hexadecimal digits. */
  readonly id: string;
}

const WANTED =
  "an Ed25519 public key: PEM (BEGIN PUBLIC KEY), or its 32 bytes, also in base64 or hexadecimal";

/** @param name of the option: `trust.keys[0]` @throws PluginError `argument` */
export async function publicKey(given: unknown, name: string): Promise<Key> {
  const bytes = keyBytes(given, "public");
  if (typeof bytes === "string") throw unusable(name, bytes, WANTED);
  if (isWeak(bytes)) throw unusable(name, "a key that anyone can sign for: a point of small order", WANTED);
  return { bytes, id: await keyIdOf(bytes) };
}

/** Says of a key only what kind it is. */
export function unusable(name: string, found: string, wanted: string): PluginError {
  return new PluginError("argument", `could not use ${name}: found ${found}, wanted ${wanted}`);
}

/**
 * The points of small order, without the sign: bytes that are all zero are one of them. A signature under such
 * a key says nothing.
 */
const WEAK = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

function isWeak(bytes: Uint8Array): boolean {
  const point = Uint8Array.from(bytes);
  point[31]! &= 0x7f;
  return WEAK.has(hex(point));
}
