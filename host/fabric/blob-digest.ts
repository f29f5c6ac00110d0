/** Blobs and their digests, of SHA-256, as integrity has them: what is refused, whatever they lie in. */
import { describe } from "../../abi/canonical/memory.ts";
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

/** @param most bytes that it may have @throws PluginError `argument` */
export function checkMost(most: unknown): asserts most is number {
  if (typeof most === "number" && most >= 0) return;
  throw new PluginError(
    "argument",
    `could not get a blob: found ${describe(most)}, wanted a number of bytes`,
  );
}

/** @param size bytes that it has, as far as that is known @throws PluginError `too-large` */
export function checkSize(digest: string, size: number, most: number): void {
  if (size <= most) return;
  throw new PluginError(
    "too-large",
    `could not get the blob ${digest}: it has ${size} bytes, wanted at most ${most}`,
  );
}
