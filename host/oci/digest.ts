/** Digests: the names of contents, and the reading of contents by their names. */
import { createHash } from "node:crypto";
import { allocating } from "../allocation.ts";
import { PluginError } from "../errors.ts";
import { tooLarge } from "../module/intake.ts";

export const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What a content has to be. */
export interface Expected {
  readonly digest: string;
  /** Bytes, where they are known. */
  readonly size?: number | undefined;
  /** The most bytes that are read. */
  readonly most: number;
  /** Its name, for messages. */
  readonly from: string;
  /** Told how many bytes there are so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a content while it comes, and ends with its first byte too many.
 *
 * @throws PluginError `integrity` for other bytes, `too-large`, `unavailable` for fewer
 */
export async function readVerified(
  chunks: AsyncIterable<Uint8Array>,
  expected: Expected,
): Promise<Uint8Array> {
  const { digest, size, most, from, onBytes } = expected;
  if (size !== undefined && size > most) throw tooLarge({ from, most }, size);
  const hash = createHash("sha256");
  const parts: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of chunks) {
    count += chunk.length;
    if (size !== undefined && count > size)
      throw differs(from, `found more than the ${size} bytes it should have`);
    if (count > most) throw tooLarge({ from, most });
    hash.update(chunk);
    parts.push(chunk);
    onBytes?.(count);
  }
  if (size !== undefined && count < size)
    throw new PluginError(
      "unavailable",
      `could not read ${from}: it broke off after ${count} of ${size} bytes`,
    );
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest) throw differs(from, `its ${count} bytes have the digest ${found}, wanted ${digest}`);
  return joined(parts, count);
}

export function differs(from: string, why: string): PluginError {
  return new PluginError("integrity", `could not read ${from}: ${why}`);
}

/** One piece of many. @throws PluginError `no-memory` */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = allocating(`${size} bytes of a content`, () => new Uint8Array(size));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
