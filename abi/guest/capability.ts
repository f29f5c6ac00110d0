/**
 * Marks a class whose static methods are functions of the host. Only the transform reads it; it does nothing
 * at run time.
 */
export function capability(name: string): void {}

/** Stands for the host's answer: the transform replaces it by the call. */
export function imported<T>(): T {
  ERROR("imported() stands only in the static methods of a @capability class");
}
