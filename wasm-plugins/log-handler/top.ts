/** A path, and how often it was asked for. */
export class PathCount {
  path: string = "";
  count: u64 = 0;
}

/** The `most` paths asked for most often, in falling order; among equals the one that sorts first. */
export function top(paths: Map<string, u64>, most: i32): PathCount[] {
  const best = new Array<PathCount>();
  const keys = paths.keys();
  for (let i = 0; i < keys.length; i++) {
    const found = new PathCount();
    found.path = keys[i];
    found.count = paths.get(found.path);
    let at = best.length;
    while (at > 0 && before(found, best[at - 1])) at--;
    if (at >= most) continue;
    best.push(found);
    for (let j = best.length - 1; j > at; j--) best[j] = best[j - 1];
    best[at] = found;
    if (best.length > most) best.pop();
  }
  return best;
}

function before(a: PathCount, b: PathCount): bool {
  return a.count == b.count ? a.path < b.path : a.count > b.count;
}
