/**
 * Strings between UTF-16 (AssemblyScript's) and UTF-8 (Avro's). A lone surrogate becomes three bytes, as in
 * WTF-8, so every AssemblyScript string is restored exactly. Bytes that are not WTF-8 are refused.
 */

/** Masks four UTF-16 units: the result is not 0 if one of them is not ASCII. */
// @ts-ignore: decorator
@inline const WIDE: u64 = 0xff80ff80ff80ff80;

/** The number of bytes that `units` UTF-16 units at `from` need. */
export function byteLength(from: usize, units: usize): usize {
  const end = from + (units << 1);
  let bytes: usize = 0;
  while (from < end) {
    const unit = <u32>load<u16>(from);
    from += 2;
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isHigh(unit) && from < end && isLow(load<u16>(from))) {
      bytes += 4;
      from += 2;
    } else bytes += 3;
  }
  return bytes;
}

/**
 * Copies ASCII from `from` up to `end` to `to`, and stops at the first unit that is not ASCII. Returns where
 * it stopped.
 */
export function encodeAscii(from: usize, end: usize, to: usize): usize {
  while (from + 8 <= end) {
    let four = load<u64>(from);
    if (four & WIDE) break;
    four = (four | (four >> 8)) & 0x0000ffff0000ffff;
    store<u32>(to, <u32>(four | (four >> 16)));
    from += 8;
    to += 4;
  }
  while (from < end) {
    const unit = load<u16>(from);
    if (unit >= 0x80) break;
    store<u8>(to++, <u8>unit);
    from += 2;
  }
  return from;
}

/**
 * Encodes the units from `from` up to `end` at `to`, which needs room for three bytes a unit. Returns the end
 * of the bytes.
 */
export function encode(from: usize, end: usize, to: usize): usize {
  while (from < end) {
    let unit = <u32>load<u16>(from);
    from += 2;
    if (unit < 0x80) {
      store<u8>(to++, <u8>unit);
      continue;
    }
    if (unit < 0x800) {
      store<u8>(to, <u8>(0xc0 | (unit >> 6)));
    } else {
      if (isHigh(unit) && from < end && isLow(load<u16>(from))) {
        unit = 0x10000 + ((unit & 0x3ff) << 10) + (<u32>load<u16>(from) & 0x3ff);
        from += 2;
        store<u8>(to++, <u8>(0xf0 | (unit >> 18)));
        store<u8>(to, <u8>(0x80 | ((unit >> 12) & 0x3f)));
      } else {
        store<u8>(to, <u8>(0xe0 | (unit >> 12)));
      }
      store<u8>(++to, <u8>(0x80 | ((unit >> 6) & 0x3f)));
    }
    store<u8>(++to, <u8>(0x80 | (unit & 0x3f)));
    to++;
  }
  return to;
}

/**
 * Makes a string of the bytes from `from` up to `end`, which must not move meanwhile; `null` when they are
 * not WTF-8.
 */
export function decode(from: usize, end: usize): string | null {
  if (from == end) return "";
  const units = unitLength(from, end);
  const ascii = units == end - from && isAscii(from, end);
  const text = changetype<string>(__new(units << 1, idof<string>()));
  const to = changetype<usize>(text);
  if (ascii) widen(from, end, to);
  else if (!decodeTo(from, end, to)) return null;
  return text;
}

/** Every lead byte becomes one unit, or two for four bytes. Stray bytes are found by the decoding. */
function unitLength(from: usize, end: usize): usize {
  let units: usize = 0;
  for (; from < end; from++) {
    const byte = load<u8>(from);
    units += usize((byte & 0xc0) != 0x80) + usize(byte >= 0xf0);
  }
  return units;
}

function isAscii(from: usize, end: usize): bool {
  for (; from + 8 <= end; from += 8) if (load<u64>(from) & 0x8080808080808080) return false;
  for (; from < end; from++) if (load<u8>(from) & 0x80) return false;
  return true;
}

function widen(from: usize, end: usize, to: usize): void {
  while (from + 4 <= end) {
    let four = <u64>load<u32>(from);
    four = (four | (four << 16)) & 0x0000ffff0000ffff;
    store<u64>(to, (four | (four << 8)) & 0x00ff00ff00ff00ff);
    from += 4;
    to += 8;
  }
  for (; from < end; to += 2) store<u16>(to, <u16>load<u8>(from++));
}

function decodeTo(from: usize, end: usize, to: usize): bool {
  let previous: u32 = 0;
  while (from < end) {
    const lead = <u32>load<u8>(from++);
    if (lead < 0x80) {
      store<u16>(to, <u16>lead);
      to += 2;
      previous = 0;
      continue;
    }
    const more: usize = lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0;
    if (more == 0 || end - from < more) return false;
    let point = lead & (<u32>0x3f >> <u32>more);
    for (let i: usize = 0; i < more; i++) {
      const next = <u32>load<u8>(from++);
      if ((next & 0xc0) != 0x80) return false;
      point = (point << 6) | (next & 0x3f);
    }
    if (more == 2) {
      // An overlong form, or the second half of a pair that should have been one code point.
      if (point < 0x800 || (isLow(point) && isHigh(previous))) return false;
    } else if (more == 3) {
      if (point < 0x10000 || point > 0x10ffff) return false;
      point -= 0x10000;
      store<u16>(to, <u16>(0xd800 | (point >> 10)));
      to += 2;
      point = 0xdc00 | (point & 0x3ff);
    }
    store<u16>(to, <u16>point);
    to += 2;
    previous = point;
  }
  return true;
}

// @ts-ignore: decorator
@inline function isHigh(unit: u32): bool {
  return (unit & 0xfc00) == 0xd800;
}

// @ts-ignore: decorator
@inline function isLow(unit: u32): bool {
  return (unit & 0xfc00) == 0xdc00;
}
