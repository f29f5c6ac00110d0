/** What is wrong with the bytes of a WebAssembly module, and where: the one error that reading them throws. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}
