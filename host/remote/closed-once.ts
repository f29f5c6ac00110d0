/** A server that listens, and is closed once, however often it is told to. */

export interface Closes extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
  close(): Promise<void>;
}

export function closedOnce(url: string, end: () => Promise<void>): Closes {
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= end();
    return closing;
  };
  return { url, close, [Symbol.asyncDispose]: close };
}
