/** The names in a fabric: what is refused before anything is sent. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";

/** Keys that begin so have no history but their last change: what is said again and again, and is of now alone. */
export const NOW = "now.";

/** The most characters of a key or a subject. */
const LONGEST = 256;
const KEY = /^[\w=-]+(\.[\w=-]+)*$/;
const PREFIX = /^[\w=.-]*$/;
const SUBJECT = /^[\w-]+(\.[\w-]+)*$/;

/** @param could what is refused: `could not put` @throws PluginError `argument` */
export function checkKey(key: unknown, could: string): asserts key is string {
  check(key, KEY, `${could}: its key`, "letters, digits, _, - and = in tokens joined by dots");
}

/** @throws PluginError `argument` */
export function checkPrefix(prefix: unknown, could: string): asserts prefix is string {
  if (prefix === "") return;
  check(prefix, PREFIX, `${could}: its prefix`, "letters, digits, _, -, = and dots");
}

/** @throws PluginError `argument` */
export function checkSubject(subject: unknown, could: string): asserts subject is string {
  check(subject, SUBJECT, `${could}: its subject`, "letters, digits, _ and - in tokens joined by dots");
}

function check(name: unknown, form: RegExp, what: string, wanted: string): asserts name is string {
  if (typeof name === "string" && form.test(name) && name.length <= LONGEST) {
    if (!name.startsWith("_")) return;
    throw new PluginError("argument", `${what} is ${name}; those that begin with _ are the fabric's own`);
  }
  const why = `wanted at most ${LONGEST} characters: ${wanted}`;
  throw new PluginError("argument", `${what} is ${describe(name)}, ${why}`);
}
