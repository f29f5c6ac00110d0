/** Names that are there more than once, each told once. */
export function twice(names: readonly string[]): string[] {
  const met = new Set<string>();
  return [...new Set(names.filter((name) => met.size === met.add(name).size))];
}
