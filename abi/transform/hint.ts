/** What to write instead, where a TypeScript author meets a limit of AssemblyScript's. */
interface Hint {
  /** Matches the compiler's message. */
  readonly message: RegExp;
  /** Matches the author's text from the mark on. @default anything */
  readonly text?: RegExp;
  /** Matches the author's whole line. @default anything */
  readonly line?: RegExp;
  readonly hint: string;
}

/** A message of the compiler's, and its place. */
export interface Said {
  readonly message: string;
  /** The source line, with a mark under the place. */
  readonly frame?: string;
  /** From 1. */
  readonly column?: number;
}

/** The remedy for a diagnostic, where its message does not name one. */
export function hint({ message, frame, column = 1 }: Said): string | undefined {
  const line = frame?.split("\n")[0]?.replace(/^\d+ \| /, "") ?? "";
  const text = line.slice(column - 1);
  return HINTS.find(
    (each) =>
      each.message.test(message) && (each.text?.test(text) ?? true) && (each.line?.test(line) ?? true),
  )?.hint;
}

const TIME = 'the time is the host\'s: clock.now() of "moult/guest" gives the milliseconds since 1970';
const CAUGHT =
  'nothing is caught in a plugin: what is thrown ends it; give Result<T, E> of "moult/guest" instead';
const LOOP =
  "write for (let i = 0; i < list.length; i++); of a Map or Set, loop over keys() or values(), which are arrays";
const GRANTED = "a plugin has what its host grants it: ask for it by a class marked @capability";
const HINTS: readonly Hint[] = [
  {
    message: /^cannot find the type bigint$/,
    hint: "64-bit integers are u64 and i64: the host sees a bigint",
  },
  {
    message: /^An identifier or keyword cannot immediately follow a numeric literal\.$/,
    text: /^n\b/,
    hint: "leave the n out: a number is what its place wants, u64 or i64 too, as in const big: u64 = 1",
  },
  {
    message: /^Cannot find name 'BigInt'\.$/,
    hint: "64-bit integers are u64 and i64: write <u64>number, or U64.parseInt(text)",
  },
  {
    message: /^Invalid character\.$/,
    text: /^#/,
    hint: "write private name: type, and this.name, without the #",
  },
  {
    message: /^Type argument expected\.$/,
    line: /=>|\bfunction\b/,
    hint:
      "write what comes out: list.map<i32>((x) => x * 2); and such a function sees its own variables and those of " +
      "the file: for any other use a loop",
  },
  { message: /^Expected 1 arguments, but got 0\.$/, text: /^new Date\(/, hint: TIME },
  { message: /^Expression does not compile to a value at runtime\.$/, text: /^Date\(/, hint: TIME },
  {
    message: /^Expression does not compile to a value at runtime\.$/,
    text: /^(Number|String|Boolean|Symbol)\(/,
    hint: "write parseFloat(text) or I32.parseInt(text), value.toString(), value != 0",
  },
  {
    message: /^Expected 2 arguments, but got \d+\.$/,
    text: /^Math\.(max|min|hypot)\(/,
    hint: "it takes two: Math.max(a, Math.max(b, c))",
  },
  {
    message: /^Property '(from|of)' does not exist on type '~lib\/array\/Array'\.$/,
    hint: "keys() and values() of a Map or Set are arrays; else push in a loop",
  },
  {
    message: /^Property 'find(Last)?' does not exist on type '~lib\/array\/Array</,
    hint: "use findIndex, or a loop",
  },
  {
    message:
      /^Property '(keys|values|entries|assign|freeze)' does not exist on type '~lib\/object\/Object'\.$/,
    hint: "an object's fields are known when it is built: for names that come later use Map<string, T>",
  },
  { message: /^Not implemented: Const assertion$/, hint: "leave as const out: const x: Array<i32> = [1, 2]" },
  { message: /^'\(' expected\.$/, line: /\bcatch *\{/, hint: CAUGHT },
  { message: /expected\.$/, line: /\bfor *\(.*\bof\b/, hint: LOOP },
  {
    message: /^Not implemented: union types$/,
    line: /["'] *\| *["']/,
    hint: "one of a few texts is an enum: enum Level { low, high }; the host sees the names",
  },
  {
    message: /^cannot find the type (any|unknown|object|undefined|never|symbol)$/,
    hint: "a value has one type, which the compiler knows: write a class, or a type parameter",
  },
  {
    message: /^cannot find the type (Record|Partial|Pick|Omit|Readonly|ReadonlyArray|Promise)\b/,
    hint: "there are no helper types: write a class, Map<K, V> or Array<T>",
  },
  {
    message: /^Not implemented: Closures$/,
    hint: "a function sees its own variables and those of the file: use a loop, or move the variable out",
  },
  {
    message: /^Not implemented: Iterators$/,
    hint: LOOP,
  },
  {
    message: /^Not implemented: Exceptions$/,
    hint: CAUGHT,
  },
  {
    message: /^Not implemented: union types$/,
    hint: "a value has one type: only a class, string or array may be | null; write a class with a field for each case",
  },
  { message: /^Not implemented: Regular expressions$/, hint: "use indexOf, startsWith, split or a loop" },
  { message: /^Not implemented: Spread operator$/, hint: "use concat, or push in a loop" },
  {
    message: /^File '.*' not found\.$/,
    text: /^["'].*\.[cm]?js["']/,
    hint: 'imports name sources here: write "./name" for name.ts',
  },
  {
    message: /^File '~lib\/.*' not found\.$/,
    hint: "packages from npm are JavaScript, which a plugin cannot run: only packages of AssemblyScript can be imported",
  },
  { message: /^File '.*' not found\.$/, hint: "paths are from the file that imports" },
  {
    message: /^Conversion from type '.*' to '(.*)' requires an explicit cast\.$/,
    hint: "write <T>value, T being the type that is wanted, if the value fits it",
  },
  {
    message: /^Type '(.*) \| null' is not assignable to type '(.*)'\.$/,
    hint: "it may be null: ask if (x !== null) first (of a field, into a const first), or write x! if you know better",
  },
  {
    message: /^Type '<object>' is not assignable to type 'auto'\.$/,
    hint: "an object needs a class: declare one with these fields, and write const x: TheClass = { ... }",
  },
  {
    message: /^Property '.*' does not exist on type 'auto'\.$/,
    hint: "its value has no type yet: the error before says why",
  },
  {
    message: /^Cannot find name 'JSON'\.$/,
    hint: "take and give classes: they cross with their types, and need no JSON",
  },
  {
    message: /^Cannot find name '(setTimeout|setInterval|fetch|queueMicrotask)'\.$/,
    hint: GRANTED,
  },
  {
    message:
      /^Cannot find name '(Intl|URL|URLSearchParams|TextEncoder|TextDecoder|structuredClone|Promise|Buffer)'\.$/,
    hint: GRANTED,
  },
  {
    message: /expected\.$|must be initialized\.$/,
    line: /\basync\b/,
    hint: "a plugin's functions answer at once: leave async out; the host awaits them",
  },
  {
    message: /expected\.$|must be initialized\.$/,
    line: /\bawait\b/,
    hint: "there is nothing to await in a plugin: what a host grants answers at once",
  },
  {
    message: /^(Identifier|Expression) expected\.$/,
    line: /\?\./,
    hint: "there is no ?.: ask if (x !== null) first",
  },
  { message: /^Expression expected\.$/, line: /\?\?/, hint: "there is no ??: write x !== null ? x : other" },
  {
    message: /^Identifier expected\.$/,
    line: /\b(const|let|var) *[[{]/,
    hint: "values are not taken apart here: write one const for each part",
  },
  {
    message: /^Identifier expected\.$/,
    line: /\bfunction *\*/,
    hint: "there are no generators: return an array",
  },
  {
    message: /^Type expected\.$/,
    line: /\btype\b.*= *\{/,
    hint: "types of objects are classes: write class Name { field: type = value; }",
  },
  {
    message: /^Type expected\.$/,
    text: /^\[/,
    hint: "there are no tuples: write a class with a field for each part",
  },
  {
    message: /^(Type expected\.|cannot find the type )$/,
    hint: "every parameter and every result has its type written down: name: type",
  },
  {
    message: /expected\.$|must be initialized\.$/,
    line: /\bfor *\(.*\bin\b/,
    hint: "there is no for-in: loop over a Map's keys()",
  },
  {
    message: /^Type '~lib\/string\/String' is not assignable to type 'i32'\.$/,
    line: /\benum\b/,
    hint: "enums are numbers here: leave the texts out; the host sees the names",
  },
];
