/** Modules that are new to every cache of the engine: the same code with another custom section. */

let made = 0;

export function unique(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const name = "bench";
  const tail = new Uint8Array(2 + 1 + name.length + 8);
  // Section 0, its size, and a name.
  tail.set([0, tail.length - 2, name.length]);
  for (let i = 0; i < name.length; i++) tail[3 + i] = name.charCodeAt(i);
  new DataView(tail.buffer).setFloat64(3 + name.length, ++made + performance.timeOrigin);
  const bytes = new Uint8Array(module.length + tail.length);
  bytes.set(module);
  bytes.set(tail, module.length);
  return bytes;
}
