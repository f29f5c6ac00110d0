/**
 * A value or nothing, for types that cannot be `null`: `Option<u32>`. References can also be `string | null`.
 */
export class Option<T> {
  private some: bool;
  private held: T;

  static some<T>(value: T): Option<T> {
    const option = Option.none<T>();
    option.some = true;
    option.held = value;
    return option;
  }

  static none<T>(): Option<T> {
    const at = __new(offsetof<Option<T>>(), idof<Option<T>>());
    // Not every runtime allocates zeroed memory.
    memory.fill(at, 0, offsetof<Option<T>>());
    return changetype<Option<T>>(at);
  }

  /** Whether there is a value. */
  get isSome(): bool {
    return this.some;
  }

  get isNone(): bool {
    return !this.some;
  }

  /** The value; aborts when there is none. */
  get value(): T {
    if (!this.some) throw new Error("this option holds no value");
    return this.held;
  }

  /** The value, or `other` when there is none. */
  or(other: T): T {
    return this.some ? this.held : other;
  }
}
