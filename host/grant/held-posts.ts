/** Held posts: what a version posts before its cutover is delivered at the cutover, or never. */

import { Refusal } from "../generation/question.ts";
import { weight } from "../weight.ts";
import type { PostBounds } from "./post-bounds.ts";

export class HeldPosts {
  readonly #bounds: Required<PostBounds>;
  #posts: (() => void)[] = [];
  #bytes = 0;

  constructor({ count = 10_000, bytes = 2 ** 24 }: PostBounds = {}) {
    this.#bounds = { count, bytes };
  }

  /** @param name `moult:log/log@1.0.0#write`. @throws Refusal when there are too many posts */
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

  /** Removes and returns all posts, in order. */
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
