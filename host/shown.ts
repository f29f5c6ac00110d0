/** Values of a plugin as one short line of text for people, spelled as in JavaScript. */
import { escaped } from "../abi/printable.ts";

/** Characters that one value may take. */
const MOST = 72;

/** @param most characters; the text says when the rest is cut off */
export function shown(value: unknown, most: number = MOST): string {
  const text = spelled(value, most);
  return text.length <= most ? text : `${cut(text, most - 1)}…`;
}

/** A call of a function: `find("a", 3n)`. */
export function shownCall(name: string, args: readonly unknown[], most: number = MOST): string {
  const inner = list(args, most);
  return inner.length <= most ? `${name}(${inner})` : `${name}(${cut(inner, most - 1)}…)`;
}

/** Stops as soon as the text is longer than what is shown: answers may have millions of items. */
function spelled(value: unknown, room: number): string {
  switch (typeof value) {
    case "string":
      return escaped(JSON.stringify(value.length > room ? value.slice(0, room) : value));
    case "bigint":
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${list(value, room)}]`;
  if (ArrayBuffer.isView(value)) {
    return `${value.constructor.name} [${list(value as unknown as Iterable<unknown>, room)}]`;
  }
  if (value instanceof Set) return `Set {${list(value, room)}}`;
  if (value instanceof Map) {
    const pairs = joined(
      value,
      room,
      ([key, each], left) => `${spelled(key, left)} => ${spelled(each, left)}`,
    );
    return `Map {${pairs}}`;
  }
  const fields = joined(Object.entries(value), room, ([key, each], left) => `${key}: ${spelled(each, left)}`);
  return fields === "" ? "{}" : `{ ${fields} }`;
}

function list(items: Iterable<unknown>, room: number): string {
  return joined(items, room, spelled);
}

function joined<T>(items: Iterable<T>, room: number, text: (item: T, room: number) => string): string {
  let all = "";
  for (const item of items) {
    if (all.length > room) break;
    all += `${all === "" ? "" : ", "}${text(item, room - all.length)}`;
  }
  return all;
}

/** Never cuts between the halves of a surrogate pair. */
function cut(text: string, most: number): string {
  const half = /[\uD800-\uDBFF]$/.test(text.slice(0, most));
  return text.slice(0, half ? most - 1 : most);
}
