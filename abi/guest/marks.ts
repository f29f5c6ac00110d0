/** Marks of a class or a variable. Only the transform reads them; they do nothing at run time. */

export function shared(target: i32): void {}
export function transient(target: i32): void {}
