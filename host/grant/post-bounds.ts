/** Bounds of the posts that a version may make before it serves. */
import { checkAmount, checkGroup } from "../option.ts";

export interface PostBounds {
  /** Posts that one version may hold. @default 10_000 */
  readonly count?: number;
  /** Approximate bytes of host memory for their arguments. @default 16_777_216 (16 MiB) */
  readonly bytes?: number;
}

/** @throws PluginError `argument` */
export function checkPostBounds(bounds: PostBounds): void {
  checkGroup(bounds, "heldPosts");
  const { count, bytes } = bounds;
  const wanted = "a number from 0 up, or Infinity for any";
  if (count !== undefined) checkAmount(count, "heldPosts.count", wanted);
  if (bytes !== undefined) checkAmount(bytes, "heldPosts.bytes", wanted);
}
