/** The word that the user probably meant. */

/** @returns the nearest word, if at most a third of its letters differ */
export function suggestion(word: string, words: readonly string[]): string | undefined {
  const [best] = words
    .slice(0, MOST)
    .map((each) => ({ each, steps: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, steps }) => steps <= Math.max(1, each.length / 3))
    .sort((a, b) => a.steps - b.steps);
  return best?.each;
}

const MOST = 1_000;
const LONGEST = 64;

/** The number of letters to insert, remove or change to turn `a` into `b` (Levenshtein). */
function distance(a: string, b: string): number {
  if (a.length > LONGEST || b.length > LONGEST) return a === b ? 0 : LONGEST;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
