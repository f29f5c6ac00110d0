/// <reference path="./number.d.ts" />
/**
 * The types of `moult/guest` for editors and `tsc`. The code itself is AssemblyScript, in the files beside
 * this one.
 *
 * The number types (`i32`, `u64` ...) are AssemblyScript's: extend `assemblyscript/std/assembly.json` in your
 * tsconfig.
 */

/** Lines for the host's log. During a swap they are held back until the cutover. */
export declare const log: {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** The host's time. */
export declare const clock: {
  /** Milliseconds since 1970 in UTC. May jump, because people set clocks. */
  now(): i64;
  /** Nanoseconds since some moment. Never goes back; the host may round it. */
  monotonic(): u64;
};

/** The host's random numbers, fit for secrets. `Math.random()` is seeded with one. */
export declare const random: {
  u64(): u64;
  /** `length` bytes. */
  bytes(length: i32): Uint8Array;
};

/** Texts that the host gives to this plugin. */
export declare const config: {
  /** The text of a key, or `null`. */
  get(key: string): string | null;
  /** All keys with their texts. */
  all(): Map<string, string>;
};

/**
 * Values that the host keeps for this plugin, outside of its state. A rollback does not undo writes. A write
 * over a limit changes nothing: its error begins with `bad-key`, `too-large` or `full`. Another one is `failed`.
 */
export declare const kv: {
  /** The value of a key, or `null`. */
  get(key: string): Uint8Array | null;
  /** The value of a key as text, or `null`. */
  getText(key: string): string | null;
  has(key: string): bool;
  /** All keys that begin with `prefix`, sorted. */
  keys(prefix?: string): string[];
  set(key: string, value: Uint8Array): Outcome<string>;
  /** Sets a text, in UTF-8. */
  setText(key: string, text: string): Outcome<string>;
  /** Removes a value. Nothing happens where there is none. */
  delete(key: string): Outcome<string>;
};

/**
 * Requests to where the host allows it. Every status is an answer; an error begins with `denied`, `invalid`,
 * `too-large`, `busy`, `timed-out`, `unreachable`, `malformed` or `closed`.
 */
export declare const http: {
  send(request: HttpRequest): Result<HttpResponse, string>;
  get(url: string): Result<HttpResponse, string>;
  /** Posts bytes. @param type their media type, such as `application/json` */
  post(url: string, body: Uint8Array, type: string): Result<HttpResponse, string>;
};

export declare class HttpHeader {
  name: string;
  value: string;
  constructor(name: string, value: string);
}

/** A request to send: `new HttpRequest("PUT", url).header("accept", "text/plain").text("hello")`. */
export declare class HttpRequest {
  method: string;
  url: string;
  headers: HttpHeader[];
  /** Empty for none. */
  body: Uint8Array;
  constructor(method: string, url: string);
  /** Adds a header. */
  header(name: string, value: string): HttpRequest;
  /** Sets the body. */
  bytes(body: Uint8Array): HttpRequest;
  /** Sets the body, in UTF-8. */
  text(body: string): HttpRequest;
}

export declare class HttpResponse {
  private constructor();
  status: u16;
  /** Where it came from, after redirects. */
  url: string;
  /** Names are in lower case. */
  headers: HttpHeader[];
  /** Decoded. */
  body: Uint8Array;
  /** Whether the status is one of success, 200 to 299. */
  get ok(): bool;
  /** The first header of a name, in any case, or `null`. */
  header(name: string): string | null;
  /** The body as UTF-8. */
  text(): string;
}

/**
 * A value or nothing, for types that cannot be `null`: `Option<u32>`. References can also be `string | null`.
 */
export declare class Option<T> {
  private constructor();
  static some<T>(value: T): Option<T>;
  static none<T>(): Option<T>;
  /** Whether there is a value. */
  get isSome(): bool;
  get isNone(): bool;
  /** The value; aborts when there is none. */
  get value(): T;
  /** The value, or `other` when there is none. */
  or(other: T): T;
}

/**
 * The answer of a function that may fail: the caller gets the value, or an error with `error` as its payload.
 */
export declare class Result<T, E> {
  private constructor();
  static ok<T, E>(value: T): Result<T, E>;
  static err<T, E>(error: E): Result<T, E>;
  /** Whether it succeeded. */
  get isOk(): bool;
  get isErr(): bool;
  /** The value; aborts when there is an error instead. */
  get value(): T;
  /** The error; aborts when there is a value instead. */
  get error(): E;
}

/**
 * The answer of a function that may fail and has no value: success, or an error with `error` as its payload.
 */
export declare class Outcome<E> {
  private constructor();
  static ok<E>(): Outcome<E>;
  static err<E>(error: E): Outcome<E>;
  /** Whether it succeeded. */
  get isOk(): bool;
  get isErr(): bool;
  /** The error; aborts when it succeeded. */
  get error(): E;
}

/** Takes the plugin's state from a `save` that is written by hand. */
export declare class Sink {
  private constructor();
  /** Sends bytes. `false` means that the host wants no more: return `false` from `save` at once. */
  write(bytes: Uint8Array): bool;
}

/** Gives a `restore` that is written by hand the state that `save` wrote to its `Sink`. */
export declare class Source {
  private constructor();
  /** Reads the next bytes: at least one and at most `max`, or none at the end. */
  read(max: i32): Uint8Array;
}

/** Marks the class whose one object is the plugin's state. */
export declare function state(target: abstract new (...args: never[]) => unknown): void;
/**
 * The plugin's state: the one object of class `T`, which is marked `@state`. Every call returns the same
 * object, and a restore fills it in place, so it can be held in a `const` at the top of a file.
 */
export declare function state<T>(): T;

/**
 * The names that a field, a class or an enum of the state had in earlier versions: `@was("hits") visits: u64
 * = 0;`. Older state is then read under those names. It may be repeated, or take several names.
 */
export declare function was(...names: string[]): (target: unknown, member?: unknown) => void;
/**
 * Fields of earlier versions that this class of the state drops: `@dropped("legacy") class Page`. Without it
 * a state that has them is refused, because they would be lost.
 */
export declare function dropped(
  ...names: string[]
): (target: abstract new (...args: never[]) => unknown) => void;
/**
 * Declares that the fields of this class of the state have another meaning than before, although their types
 * are the same: seconds became milliseconds. A class without it is revision 1. Only a `static from` leads
 * from one revision to another.
 */
export declare function revision(
  number: number,
): (target: abstract new (...args: never[]) => unknown) => void;

/**
 * Marks a class of the state whose objects may be held in several places, and by one another: each is
 * restored as one object. An object of any other class that is held twice is refused when the state is saved.
 */
export declare function shared(target: abstract new (...args: never[]) => unknown): void;
/**
 * Declares that a variable at the top of a file, or a static field, starts afresh with every version:
 * `@transient let asked: u32 = 0;`. The build then does not warn about it. TypeScript knows decorators only
 * on classes and their members: above a variable an editor needs `// @ts-ignore: decorator`.
 */
export declare function transient(target: unknown, member?: unknown): void;

/**
 * Marks a class whose static methods are functions of the host: `@capability("acme:metrics/counter@1.0.0")`.
 * Each method
 * has the body `return imported<T>();`, with its own result type.
 */
export declare function capability(
  name: string,
): (target: abstract new (...args: never[]) => unknown) => void;
/** Stands for the host's answer. Only in methods of a `@capability` class. */
export declare function imported<T>(): T;
