/** What ran an instance elsewhere is gone, or has let go of it. */
export class HostLost extends Error {
  override readonly name = "HostLost";

  /** @param why the end of a sentence that begins with the host: `does not answer: the connection broke off` */
  constructor(where: string, why: string, cause?: unknown) {
    super(`${where}, where it ran, ${why}`, { cause });
  }
}
