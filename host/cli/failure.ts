/** What a verb ends with when it cannot do what it was asked. */

/** The exit codes of every verb; one that has more says so in its help. */
export const EXIT = {
  ok: 0,
  /** The answer is no: it does not build, would be refused, trapped, or a test is red. */
  refused: 1,
  /** It was asked wrongly: an unknown option, a file that is not there. */
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

/** Its message is for a person: no stack trace is shown. */
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
