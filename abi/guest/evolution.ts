/** What a class says of its earlier versions. The transform reads it; none of it does anything by itself. */

export function was(name: string): void {}
export function dropped(name: string): void {}
export function revision(number: i32): void {}
