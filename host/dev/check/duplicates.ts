/** The names that occur more than once, each listed once. */
export function twice(names: readonly string[]): string[] {
  const met = new Set<string>();
  return [...new Set(names.filter((name) => met.size === met.add(name).size))];
}
