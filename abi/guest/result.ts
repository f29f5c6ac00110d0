/**
 * The answer of a function that may fail: the caller gets the value, or an error with `error` as its payload.
 */
export class Result<T, E> {
  private fine: bool;
  private good: T;
  private bad: E;

  static ok<T, E>(value: T): Result<T, E> {
    const result = blank<T, E>();
    result.fine = true;
    result.good = value;
    return result;
  }

  static err<T, E>(error: E): Result<T, E> {
    const result = blank<T, E>();
    result.bad = error;
    return result;
  }

  /** Whether it succeeded. */
  get isOk(): bool {
    return this.fine;
  }

  get isErr(): bool {
    return !this.fine;
  }

  /** The value; aborts when there is an error instead. */
  get value(): T {
    if (!this.fine) throw new Error("this result is an error");
    return this.good;
  }

  /** The error; aborts when there is a value instead. */
  get error(): E {
    if (this.fine) throw new Error("this result is no error");
    return this.bad;
  }
}

/**
 * The answer of a function that may fail and has no value: success, or an error with `error` as its payload.
 */
export class Outcome<E> {
  private fine: bool;
  private bad: E;

  static ok<E>(): Outcome<E> {
    const outcome = __new(offsetof<Outcome<E>>(), idof<Outcome<E>>());
    memory.fill(outcome, 0, offsetof<Outcome<E>>());
    const made = changetype<Outcome<E>>(outcome);
    made.fine = true;
    return made;
  }

  static err<E>(error: E): Outcome<E> {
    const made = Outcome.ok<E>();
    made.fine = false;
    made.bad = error;
    return made;
  }

  /** Whether it succeeded. */
  get isOk(): bool {
    return this.fine;
  }

  get isErr(): bool {
    return !this.fine;
  }

  /** The error; aborts when it succeeded. */
  get error(): E {
    if (this.fine) throw new Error("this outcome is no error");
    return this.bad;
  }
}

/** Not every runtime allocates zeroed memory. */
function blank<T, E>(): Result<T, E> {
  const at = __new(offsetof<Result<T, E>>(), idof<Result<T, E>>());
  memory.fill(at, 0, offsetof<Result<T, E>>());
  return changetype<Result<T, E>>(at);
}
