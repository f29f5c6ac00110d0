/** Elements of the page. What others wrote becomes text, and never markup. */

export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

/** @param children texts, and elements */
export function element<N extends keyof HTMLElementTagNameMap>(
  name: N,
  { kind, color }: { readonly kind?: string | undefined; readonly color?: string | undefined } = {},
  ...children: readonly (string | Node)[]
): HTMLElementTagNameMap[N] {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (color) made.style.setProperty("--c", color);
  made.append(...children);
  return made;
}

/** Changes a text only where it differs: a reader of the screen hears it once. */
export function tell(where: HTMLElement, text: string): void {
  if (where.textContent !== text) where.textContent = text;
}
