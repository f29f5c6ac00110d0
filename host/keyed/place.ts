/** Which node a key belongs to: the same everywhere, since it follows from the nodes and the key alone. */
import { finish, mix } from "../hash.ts";
import { pointOf } from "../release/pick.ts";

/** Nodes' points, so that they are computed once. Not state: they follow from the names. */
const POINTS = new WeakMap<readonly string[], readonly number[]>();

/**
 * Rendezvous hashing: each node has a number for the key, and the largest wins. Where a node comes, only the keys that
 * it wins move; where one leaves, only those that it had.
 *
 * @param nodes in any order
 */
export function placeOf(nodes: readonly string[], key: string): string | undefined {
  let points = POINTS.get(nodes);
  if (!points) {
    points = nodes.map((node) => pointOf(0, node));
    POINTS.set(nodes, points);
  }
  const at = pointOf(0, key);
  let best: string | undefined;
  let most = -1;
  for (let i = 0; i < nodes.length; i++) {
    const score = finish(mix(points[i]!, at)) >>> 0;
    const node = nodes[i]!;
    if (score < most || (score === most && node < best!)) continue;
    most = score;
    best = node;
  }
  return best;
}
