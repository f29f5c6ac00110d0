/** Messages and values: their bounds, and copies that no side can change for the other. */
import { describe } from "../../abi/canonical/memory.ts";
import { PluginError } from "../errors.ts";
import type { Message } from "./fabric.ts";

/** Bytes of a message and of a value, at most, if nothing else is said: what NATS takes. */
export const MOST_MESSAGE = 2 ** 20;
/** Milliseconds after which a payload that nobody deleted is gone, if nothing else is said. */
export const PAYLOAD_AGE = 600_000;
const MOST_HEADERS = 16;
const NAME = /^[a-z0-9-]{1,64}$/;
const VALUE = /^[\x20-\x7e]{0,1024}$/;

/** Whether a message may have them. */
export function areHeaders(headers: Readonly<Record<string, unknown>>): boolean {
  const all = Object.entries(headers);
  return (
    all.length <= MOST_HEADERS &&
    all.every(([name, value]) => NAME.test(name) && typeof value === "string" && VALUE.test(value))
  );
}

/**
 * Checks bytes, and copies them.
 *
 * @param what has them: `the value of plan.counter`
 * @throws PluginError `argument`, `too-large`
 */
export function checkedBytes(bytes: unknown, most: number, could: string, what: string): Uint8Array {
  if (!(bytes instanceof Uint8Array))
    throw new PluginError("argument", `${could}: ${what} is ${describe(bytes)}, wanted a Uint8Array`);
  if (bytes.length > most) {
    const why = `${what} has ${bytes.length} bytes, wanted at most ${most} (maxMessageBytes)`;
    throw new PluginError("too-large", `${could}: ${why}; larger ones are for blobs`);
  }
  return new Uint8Array(bytes);
}

/**
 * Checks a message, and copies it.
 *
 * @param what it is: `the message`
 * @throws PluginError `argument`, `too-large`
 */
export function checkedMessage(message: Message, most: number, could: string, what: string): Message {
  const bytes = checkedBytes(message?.bytes, most, could, what);
  const { headers } = message;
  if (headers === undefined) return { bytes };
  if (typeof headers === "object" && headers !== null && areHeaders(headers))
    return { bytes, headers: { ...headers } };
  const wanted = `wanted at most ${MOST_HEADERS}, small letters, digits and - with 1,024 characters of ASCII`;
  throw new PluginError("argument", `${could}: the headers of ${what} do not fit; ${wanted}`);
}
