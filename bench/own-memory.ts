/** Changes a module that only imports its memory into one that makes it, as jco needs it. */

const IMPORT = 2;
const MEMORY = 5;
const CUSTOM = 0;

export function withOwnMemory(module: Uint8Array): Uint8Array {
  let at = 8;
  const number = (): number => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = module[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
      shift += 7;
    }
  };
  const skip = (bytes: number) => {
    at += bytes;
  };
  const parts = [module.subarray(0, 8)];
  let limits: Uint8Array | undefined;
  while (at < module.length) {
    const begin = at;
    const id = module[at++]!;
    const size = number();
    const end = at + size;
    if (id === IMPORT) {
      const imports = number();
      skip(number());
      skip(number());
      if (imports !== 1 || module[at++] !== 2) throw new Error("it imports more than a memory");
      limits = module.subarray(at, end);
    } else {
      if (limits && id > MEMORY && id !== CUSTOM) {
        parts.push(Uint8Array.of(MEMORY, limits.length + 1, 1), limits);
        limits = undefined;
      }
      parts.push(module.subarray(begin, end));
    }
    at = end;
  }
  return Buffer.concat(parts);
}
