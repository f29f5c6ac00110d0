/** Posts that wait for their version's cutover: what is told before it serves is told when it does, or never. */

import { Refusal } from "../generation/question.ts";
import type { PostBounds } from "./post-bounds.ts";

export class HeldPosts {
  readonly #bounds: Required<PostBounds>;
  #posts: (() => void)[] = [];
  #bytes = 0;

  constructor({ count = 10_000, bytes = 2 ** 24 }: PostBounds = {}) {
    this.#bounds = { count, bytes };
  }

  /** @param name `moult:log/log@1.0.0#write`. @throws Refusal when there are too many */
  add(name: string, args: readonly unknown[], post: () => void): void {
    const { count, bytes } = this.#bounds;
    this.#bytes += weight(args);
    if (this.#posts.length >= count) throw tooMany(name, count, "heldPosts.count", `${count + 1} posts`);
    if (this.#bytes > bytes) {
      throw tooMany(
        name,
        bytes,
        "heldPosts.bytes",
        `${this.#bytes} bytes in ${this.#posts.length + 1} posts`,
      );
    }
    this.#posts.push(post);
  }

  /** All of them, in order; none is held any more. */
  take(): readonly (() => void)[] {
    const posts = this.#posts;
    this.#posts = [];
    this.#bytes = 0;
    return posts;
  }
}

function tooMany(name: string, most: number, option: string, found: string): Refusal {
  const why = `found ${found}, wanted at most ${most} (the option ${option})`;
  return new Refusal(`${name} was posted too much before the cutover: ${why}`);
}

/** Of an object, a list, or what stands in one. */
const SLOT = 16;

/** Bytes that a lifted value takes in the host, about. */
function weight(value: unknown): number {
  if (typeof value === "string") return SLOT + 2 * value.length;
  if (typeof value !== "object" || value === null) return SLOT;
  if (ArrayBuffer.isView(value)) return SLOT + value.byteLength;
  const parts =
    value instanceof Map ? [...value].flat() : value instanceof Set ? value : Object.values(value);
  let sum = SLOT;
  for (const part of parts) sum += weight(part);
  return sum;
}
