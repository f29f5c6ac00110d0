/** What is said of a class or a variable, for the transform to read; neither does anything by itself. */

export function shared(target: i32): void {}
export function transient(target: i32): void {}
