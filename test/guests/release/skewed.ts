/** Greets by name: callers of the others cannot call it. */
export function greet(name: string): string {
  return `hello ${name}`;
}
