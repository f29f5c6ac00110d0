/**
 * Decorators that describe a class's earlier versions. Only the transform reads them; they do nothing at run
 * time.
 */

export function was(name: string): void {}
export function dropped(name: string): void {}
export function revision(number: i32): void {}
