// What state-VERSION.wasm is made of, by the AssemblyScript of that version:
// asc state.ts --outFile state-VERSION.wasm --exportRuntime --runtime stub -O3z --noAssert
// (before 0.20 with --binaryFile, before 0.18 without --exportRuntime). text-VERSION.wasm is the same without the hooks.
export const Uint8Array_ID = idof<Uint8Array>();
let calls: u32 = 0;

export function twice(text: string): string {
  calls++;
  return text + text;
}
export function add(a: i32, b: i32): i32 {
  return a + b;
}
export function sum(bytes: Uint8Array): u32 {
  let total: u32 = 0;
  for (let i = 0; i < bytes.length; i++) total += bytes[i];
  return total;
}
export function count(): u32 {
  return calls;
}
export function save(): Uint8Array {
  const bytes = new Uint8Array(4);
  store<u32>(bytes.dataStart, calls);
  return bytes;
}
export function restore(bytes: Uint8Array): void {
  calls = load<u32>(bytes.dataStart);
}
