/** A fault in the bytes of a WebAssembly module, with its position: the one error of these readers. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}
