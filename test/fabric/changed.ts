/** Fabrics of which a test does a part itself. */

/** The same object, some of it replaced. */
export function changed<T extends object>(whole: T, by: Partial<T>): T {
  const get = (_: T, name: string | symbol) => {
    const own = by[name as keyof T] ?? whole[name as keyof T];
    return typeof own === "function" ? own.bind(whole) : own;
  };
  return new Proxy(whole, { get });
}
