/** Which lines of a text are not those of another: by the longest common sequence, since both are short. */

export interface Changed {
  /** Lines of the new text, counted from 1. */
  readonly lines: readonly number[];
  /** For a line that stands where exactly one stood before: what it was. */
  readonly was: ReadonlyMap<number, string>;
}

export function changedLines(before: string, after: string): Changed {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i * width + j] =
        old[i] === now[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const lines: number[] = [];
  const was = new Map<number, string>();
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i++;
      j++;
      continue;
    }
    // A run of lines that went, and of those that came in their place.
    const [fromOld, fromNow] = [i, j];
    while ((i < old.length || j < now.length) && !(i < old.length && j < now.length && old[i] === now[j])) {
      const down = i < old.length ? common[(i + 1) * width + j]! : -1;
      const right = j < now.length ? common[i * width + j + 1]! : -1;
      if (down >= right) i++;
      else j++;
    }
    for (let k = fromNow; k < j; k++) {
      lines.push(k + 1);
      if (i - fromOld === j - fromNow) was.set(k + 1, old[fromOld + k - fromNow]!);
    }
    // Where lines only went, the one that follows shows it.
    if (j === fromNow && j < now.length) lines.push(j + 1);
  }
  return { lines, was };
}
