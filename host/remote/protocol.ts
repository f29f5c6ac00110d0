/**
 * What a server and its callers say to each other over HTTP, described in `docs/remote.md`.
 *
 *     GET  /             what is served: a Description
 *     GET  /openapi.json the same as an OpenAPI document
 *     POST /call/NAME    a call: its arguments as a JSON list, or as the bytes of one value
 *     POST /swap         a module's bytes: a Transition
 *     POST /rollback     a Transition
 *     POST /accept       a Transition, or nothing
 *     GET  /history      a list of Transitions
 *     GET  /snapshot     a state in a file
 *     GET  /status       a Status
 *     GET  /measures     ServedMeasures
 *     GET  /live         the server runs
 *     GET  /ready        it takes calls
 */

/** The version of the protocol. */
export const PROTOCOL = 1;
/** Values as `abi/canonical/value-bytes.ts` writes them: the arguments as one tuple, or the answer. */
export const VALUES = "application/vnd.moult.values";
/** The bytes of a fabric's value, blob, or message with its headers. A page of another site cannot send it unasked. */
export const BYTES = "application/vnd.moult.bytes";
export const WASM = "application/wasm";
/** A snapshot: an Avro object container file. */
export const SNAPSHOT = "application/vnd.apache.avro";
export const JSON_TYPE = "application/json";
export const PROBLEM = "application/problem+json";
/** Bytes of a request's or an answer's body, at most, if nothing else is said. */
export const MOST_BYTES = 2 ** 24;
/** The same of a module, and of a snapshot. */
export const MOST_FILE_BYTES = 2 ** 27;

/** What HTTP calls the frames of `frame.ts`, where a connection changes over to them. */
export const UPGRADE = "moult.1";
/** The header by which a server says then how many calls it takes at a time. */
export const MOST_CALLS = "moult-max-calls";
/** Bytes of a request's body that goes as such a frame, at most: who comes after it does not wait for long. */
export const MOST_FRAMED = 65_536;

/** The media type of a header, without its parameters. */
export function mediaType(header: string | null | undefined): string {
  return (header ?? "").split(";", 1)[0]!.trim().toLowerCase();
}
