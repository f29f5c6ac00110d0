/** Modules put together by hand, for what the tools at hand cannot write. */

/** @param sections each its number and its contents */
export function encoded(
  ...sections: readonly (readonly [id: number, contents: readonly number[]])[]
): Uint8Array<ArrayBuffer> {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([
    ...header,
    ...sections.flatMap(([id, contents]) => [id, ...leb(contents.length), ...contents]),
  ]);
}

export function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}

export function name(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...leb(bytes.length), ...bytes];
}

/**
 * A module with a group of a function's type (0) and a struct (1), and one function of another type (2): `twice`, which
 * answers 2 times its first parameter where that is an i32, else 7.
 */
export function gc(type: readonly number[]): Uint8Array<ArrayBuffer> {
  const group = [0x4e, 2, 0x60, 0, 0, 0x5f, 1, 0x7f, 1];
  const number = type[2] === 0x7f;
  const body = number ? [0x20, 0, 0x41, 2, 0x6c, 0x0b] : [0x41, 7, 0x0b];
  return encoded(
    [1, [2, ...group, ...type]],
    [3, [1, 2]],
    [7, [1, ...name("twice"), 0, 0]],
    [10, [1, body.length + 1, 0, ...body]],
  );
}
