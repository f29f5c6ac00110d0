/** What to write instead, where a TypeScript author meets what AssemblyScript cannot do. */
import type { BuildDiagnostic } from "../../abi/transform/mod.ts";

interface Hint {
  /** Of the compiler's message. */
  readonly message: RegExp;
  /** Of the author's text from the mark on. @default anything */
  readonly text?: RegExp;
  /** Of the author's whole line. @default anything */
  readonly line?: RegExp;
  readonly hint: string;
}

/** What to do about a diagnostic, if there is something to say that its message does not say. */
export function hint({ message, frame, column = 1 }: BuildDiagnostic): string | undefined {
  const line = frame?.split("\n")[0]?.replace(/^\d+ \| /, "") ?? "";
  const text = line.slice(column - 1);
  return HINTS.find(
    (each) =>
      each.message.test(message) && (each.text?.test(text) ?? true) && (each.line?.test(line) ?? true),
  )?.hint;
}

const GRANTED = "a plugin has what its host grants it: ask for it by a class marked @capability";
const HINTS: readonly Hint[] = [
  {
    message: /^cannot find the type (any|unknown|object|undefined|never|symbol)$/,
    hint: "a value has one type, which the compiler knows: write a class, or a type parameter",
  },
  {
    message: /^cannot find the type (Record|Partial|Pick|Omit|Readonly|ReadonlyArray|Promise)\b/,
    hint: "TypeScript's helper types are not there: write a class, Map<K, V> or Array<T>",
  },
  {
    message: /^Not implemented: Closures$/,
    hint: "a function sees its own variables and those of the file: use a loop, or move the variable out",
  },
  {
    message: /^Not implemented: Iterators$/,
    hint: "write for (let i = 0; i < list.length; i++); of a Map or Set, loop over keys() or values(), which are arrays",
  },
  {
    message: /^Not implemented: Exceptions$/,
    hint: 'nothing is caught in a plugin: what is thrown ends it; give Result<T, E> of "moult/guest" instead',
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
    hint: "?. is not there: ask if (x !== null) first",
  },
  { message: /^Expression expected\.$/, line: /\?\?/, hint: "?? is not there: write x !== null ? x : other" },
  {
    message: /^Identifier expected\.$/,
    line: /\b(const|let|var) *[[{]/,
    hint: "values are not taken apart here: write one const for each part",
  },
  {
    message: /^Identifier expected\.$/,
    line: /\bfunction *\*/,
    hint: "generators are not there: give an array",
  },
  {
    message: /^Type expected\.$/,
    line: /\btype\b.*= *\{/,
    hint: "types of objects are classes: write class Name { field: type = value; }",
  },
  {
    message: /^Type expected\.$/,
    text: /^\[/,
    hint: "tuples are not there: write a class with a field for each part",
  },
  {
    message: /^(Type expected\.|cannot find the type )$/,
    hint: "every parameter and every result has its type written down: name: type",
  },
  {
    message: /expected\.$|must be initialized\.$/,
    line: /\bfor *\(.*\bin\b/,
    hint: "for-in is not there: loop over a Map's keys()",
  },
  {
    message: /^Type '~lib\/string\/String' is not assignable to type 'i32'\.$/,
    line: /\benum\b/,
    hint: "enums are numbers here: leave the texts out; the host sees the names",
  },
];
