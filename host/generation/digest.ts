/** A 32-bit digest of a lifted value (FNV-1a), to tell that two answers differ. No proof that they are equal. */
export function digest(value: unknown): number {
  const state = { hash: 0x811c9dc5 };
  mix(state, value);
  return state.hash >>> 0;
}

function mix(state: { hash: number }, value: unknown): void {
  const byte = (n: number) => {
    state.hash = Math.imul(state.hash ^ (n & 0xff), 0x01000193);
  };
  const text = (s: string) => {
    for (let i = 0; i < s.length; i++) {
      byte(s.charCodeAt(i));
      byte(s.charCodeAt(i) >> 8);
    }
    byte(0xff);
  };
  switch (typeof value) {
    case "string":
      byte(1);
      text(value);
      return;
    case "object":
      break;
    default:
      byte(2);
      text(`${typeof value} ${String(value)}`);
      return;
  }
  // Which of the two stands for none is the contract's choice, and no difference in what a plugin answered.
  if (value === null) {
    mix(state, undefined);
    return;
  }
  if (ArrayBuffer.isView(value)) {
    byte(4);
    for (const n of new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) byte(n);
    return;
  }
  byte(5);
  if (Array.isArray(value) || value instanceof Set) {
    for (const each of value) mix(state, each);
  } else if (value instanceof Map) {
    for (const pair of value) mix(state, pair);
  } else {
    for (const [key, each] of Object.entries(value)) {
      text(key);
      mix(state, each);
    }
  }
  byte(6);
}
