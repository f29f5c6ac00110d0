/**
 * Strings in an Avro datum: UTF-8, or WTF-8 for an author's string with a lone surrogate (exact here, U+FFFD
 * in other tools).
 */

/**
 * The string of these bytes; `undefined` when they are neither UTF-8 nor WTF-8.
 *
 * @param decoder for UTF-8, which throws at invalid bytes and keeps a byte order mark
 */
export function wtf8(bytes: Uint8Array, decoder: TextDecoder): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return generalized(bytes, decoder);
  }
}

/** Three bytes in the form of a surrogate stand for it; all bytes between have to be UTF-8. */
function generalized(bytes: Uint8Array, decoder: TextDecoder): string | undefined {
  let text = "";
  let from = 0;
  let high = false;
  try {
    for (let at = 0; at + 2 < bytes.length; at++) {
      if (bytes[at] !== 0xed || bytes[at + 1]! < 0xa0) continue;
      if (bytes[at + 1]! > 0xbf || (bytes[at + 2]! & 0xc0) !== 0x80) return undefined;
      const unit = 0xd000 | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
      if (at > from) high = false;
      text += decoder.decode(bytes.subarray(from, at));
      // A pair has only one valid form, that of UTF-8.
      if (high && unit >= 0xdc00) return undefined;
      high = unit < 0xdc00;
      text += String.fromCharCode(unit);
      at += 2;
      from = at + 1;
    }
    return text + decoder.decode(bytes.subarray(from));
  } catch {
    return undefined;
  }
}

/** The bytes of a string; lone surrogates are kept, as WTF-8. */
export function toWtf8(text: string): Uint8Array {
  const encoder = new TextEncoder();
  const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  if (!lone.test(text)) return encoder.encode(text);
  lone.lastIndex = 0;
  const parts: number[] = [];
  let from = 0;
  for (const { index } of text.matchAll(lone)) {
    for (const byte of encoder.encode(text.slice(from, index))) parts.push(byte);
    const unit = text.charCodeAt(index);
    parts.push(0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
    from = index + 1;
  }
  for (const byte of encoder.encode(text.slice(from))) parts.push(byte);
  return Uint8Array.from(parts);
}
