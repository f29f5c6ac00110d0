/** Elements of the page by their ids, which are in index.html. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

export const root = document.documentElement;

const tokens = new Map<string, string>();

/** A token of the style sheet, in the theme that the page has. */
export function token(name: string): string {
  const key = `${root.dataset.theme} ${name}`;
  let value = tokens.get(key);
  if (value === undefined) {
    value = getComputedStyle(root).getPropertyValue(name).trim();
    tokens.set(key, value);
  }
  return value;
}

export function rgbOf(hex: string): readonly [number, number, number] {
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
}

/** The first generation is ink; those after it take the four hues in turn. */
export function slotOf(generation: number): number {
  return generation <= 1 ? 1 : 2 + ((generation - 2) % 4);
}

export const colorOf = (generation: number) => `var(--g${slotOf(generation)})`;
