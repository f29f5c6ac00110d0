/**
 * Marks a class whose static methods are functions of the host. The transform reads it; it does nothing by
 * itself.
 */
export function capability(name: string): void {}

/** Stands where the host's answer will be: the transform puts the call there. */
export function imported<T>(): T {
  ERROR("imported() stands only in the static methods of a @capability class");
}
