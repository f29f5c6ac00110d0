/** The object that a plugin keeps its state in. */

/** One object for each class, by the class's runtime id. */
const kept = new Map<u32, Object>();

/**
 * The plugin's state: the one object of class `T`, which is marked `@state`. Every call returns the same
 * object, and a restore fills it in place, so it can be held in a `const` at the top of a file.
 */
export function state<T>(): T {
  const id = idof<T>();
  if (!kept.has(id)) kept.set(id, changetype<Object>(instantiate<T>()));
  return changetype<T>(kept.get(id));
}
