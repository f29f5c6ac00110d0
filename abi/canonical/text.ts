/**
 * Strings to and from bytes where there is no `Buffer`: in browsers. `text-node.ts` does the same; `#text`
 * chooses one of them.
 */

/** Reads and writes strings in one buffer. The caller has checked every pointer and length. */
export interface Text {
  /** The same for a buffer that has replaced this one. */
  renewed(buffer: ArrayBuffer): Text;
  /** The string's bytes in UTF-8, with a lone surrogate counted as U+FFFD. */
  utf8Length(value: string): number;
  /** `length` is the result of `utf8Length`. */
  writeUtf8(value: string, pointer: number, length: number): void;
  /** `undefined` when the bytes are not UTF-8. */
  readUtf8(pointer: number, length: number): string | undefined;
  /** Lone surrogates are written, and read, as U+FFFD. */
  writeUtf16(value: string, pointer: number): void;
  readUtf16(pointer: number, units: number): string;
  /** The string must not have a unit above U+00FF. */
  writeLatin1(value: string, pointer: number): void;
  readLatin1(pointer: number, length: number): string;
}

/** Below this number of units a loop is faster than a decoder. */
const SHORT = 64;

/** @param _memory the `WebAssembly.Memory` of the buffer, if it has one; not used here */
export function text(buffer: ArrayBuffer, _memory?: unknown): Text {
  const bytes = new Uint8Array(buffer);
  const data = new DataView(buffer);
  const encoder = new TextEncoder();
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const utf16 = new TextDecoder("utf-16le", { ignoreBOM: true });
  return {
    renewed: (buffer) => text(buffer),
    utf8Length,
    writeUtf8(value, pointer, length) {
      if (length === value.length && length < SHORT) this.writeLatin1(value, pointer);
      else encoder.encodeInto(value, bytes.subarray(pointer, pointer + length));
    },
    readUtf8(pointer, length) {
      if (length < SHORT) {
        let value = "";
        let i = 0;
        for (; i < length; i++) {
          const unit = bytes[pointer + i]!;
          if (unit > 0x7f) break;
          value += String.fromCharCode(unit);
        }
        if (i === length) return value;
      }
      try {
        return utf8.decode(bytes.subarray(pointer, pointer + length));
      } catch {
        return undefined;
      }
    },
    writeUtf16(value, pointer) {
      if (!writeUnits(data, value, pointer)) writeUnits(data, wellFormed(value), pointer, true);
    },
    readUtf16: (pointer, units) =>
      units < SHORT
        ? readUnits(data, pointer, units)
        : utf16.decode(bytes.subarray(pointer, pointer + 2 * units)),
    writeLatin1(value, pointer) {
      for (let i = 0; i < value.length; i++) bytes[pointer + i] = value.charCodeAt(i);
    },
    readLatin1(pointer, length) {
      let value = "";
      // In chunks, because an argument list has a limit, and joining single characters is slow.
      for (let at = pointer, end = pointer + length; at < end; at += 4096) {
        value += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, end)));
      }
      return value;
    },
  };
}

/** Writes UTF-16, and returns `false` at a lone surrogate, unless `paired` says that there is none. */
export function writeUnits(data: DataView, value: string, pointer: number, paired = false): boolean {
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if ((unit & 0xf800) === 0xd800 && !paired) return false;
    data.setUint16(pointer + 2 * i, unit, true);
  }
  return true;
}

export function readUnits(data: DataView, pointer: number, units: number): string {
  let value = "";
  for (let i = 0; i < units; i++) value += String.fromCharCode(data.getUint16(pointer + 2 * i, true));
  return wellFormed(value);
}

/** The string's bytes in UTF-8, with a lone surrogate counted as U+FFFD. */
export function utf8Length(value: string): number {
  let length = value.length;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x80) continue;
    length++;
    if (unit < 0x800) continue;
    length++;
    // A pair is two units and four bytes; a lone surrogate takes three bytes, as U+FFFD does.
    if (unit >= 0xd800 && unit < 0xdc00 && (value.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
  }
  return length;
}

/** The string with U+FFFD for every surrogate without a partner. */
export function wellFormed(value: string): string {
  const native = (value as { toWellFormed?: () => string }).toWellFormed;
  return native === undefined ? value.replace(/\p{Surrogate}/gu, "\ufffd") : native.call(value);
}

/** Immediate for strings that V8 stores in single bytes, and mostly for others. */
const BEYOND_LATIN_1 = /[^\0-\xff]/;

/** Whether every unit is at most U+00FF. */
export function isLatin1(value: string): boolean {
  return !BEYOND_LATIN_1.test(value);
}
