/**
 * Stack room, checked before a grant is entered: a guest decides how deep it recurses before the call, and
 * must not make a function of the embedder's run out of stack halfway.
 *
 * Engines allocate the whole frame of a WebAssembly function on entry, and check for room then. So a function
 * with a large frame, needed only by a branch that is never taken, asks for that room and does nothing:
 *
 *     (func (export "look") (param i32)
 *       (if (local.get 0) (then
 *         (call_indirect (result i64 x VALUES) ...)   CALLS times: all their results lie in the frame
 *         (call_indirect (param i64 x VALUES) ...)    CALLS times: and are taken again
 *     )))
 *
 * The called functions lie in a table that is empty, so that no engine can prove that the frame is not
 * needed.
 */

/** Bytes of stack that have to be free when a grant is entered. */
export const ROOM = 65_536;

const VALUES = 256;
const CALLS = ROOM / 8 / VALUES;

const [I32, I64, FUNCTION, FUNCREF, VOID] = [0x7f, 0x7e, 0x60, 0x70, 0x40];
const [LOCAL_GET, IF, I32_CONST, CALL_INDIRECT, END] = [0x20, 0x04, 0x41, 0x11, 0x0b];

type Look = (taken: number) => void;

/** Made once, for all plugins: it has no state. */
let look: Look | undefined;

/** Whether the stack has room for a grant. Takes 2 ns. */
export function hasRoom(): boolean {
  look ??= makeLook();
  try {
    look(0);
    return true;
  } catch {
    return false;
  }
}

function makeLook(): Look {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code()));
  return instance.exports.look as Look;
}

function code(): Uint8Array<ArrayBuffer> {
  const values = [...leb(VALUES), ...Array<number>(VALUES).fill(I64)];
  const types = [3, FUNCTION, 1, I32, 0, FUNCTION, 0, ...values, FUNCTION, ...values, 0];
  const calls = (type: number) => Array<number[]>(CALLS).fill([I32_CONST, 0, CALL_INDIRECT, type, 0]).flat();
  const body = [0, LOCAL_GET, 0, IF, VOID, ...calls(1), ...calls(2), END, END];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(3, [1, 0]),
    ...section(4, [1, FUNCREF, 0, 1]),
    ...section(7, [1, 4, ...new TextEncoder().encode("look"), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
