/** The digests of blobs: of SHA-256, as integrity has them. */
import { digestOf } from "../../abi/state/avro/digest.ts";
import { PluginError } from "../errors.ts";
import { expectedDigest } from "../trust/integrity.ts";

/** @returns `sha256-…` */
export async function blobDigest(bytes: Uint8Array): Promise<string> {
  return digestFrom(await digestOf(bytes as Uint8Array<ArrayBuffer>));
}

/** The digest that 64 hexadecimal digits stand for. */
export function digestFrom(hex: string): string {
  const bytes = hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
  return `sha256-${btoa(bytes)}`;
}

/** The name of a blob wherever it lies: 64 hexadecimal digits. @throws PluginError `argument` */
export function blobName(digest: unknown): string {
  return expectedDigest(digest);
}

/** @param from what gave the bytes @throws PluginError `integrity` */
export async function checkBlob(bytes: Uint8Array, digest: string, from: string): Promise<void> {
  const found = await digestOf(bytes as Uint8Array<ArrayBuffer>);
  const wanted = blobName(digest);
  if (found === wanted) return;
  const why = `what ${from} has under ${digestFrom(wanted)} has the digest ${digestFrom(found)}`;
  throw new PluginError("integrity", `could not get the blob: ${why}`);
}
