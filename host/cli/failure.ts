/** How a verb ends when it cannot do what it was asked to. */

/** The exit codes of every verb; a verb with more codes lists them in its help. */
export const EXIT = {
  ok: 0,
  /** The answer is no: the plugin does not build, would be refused, or trapped, or a test failed. */
  refused: 1,
  /** The command was used wrongly: an unknown option, a missing file. */
  usage: 2,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export interface FailureOptions extends ErrorOptions {
  /** @default 1: refused */
  readonly exit?: number;
  /** What to do about it, on a line of its own. */
  readonly hint?: string;
}

/** An error for the user: no stack trace is shown. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exit: number;
  readonly hint: string | undefined;

  constructor(message: string, { exit = EXIT.refused, hint, ...options }: FailureOptions = {}) {
    super(message, options);
    this.exit = exit;
    this.hint = hint;
  }
}
