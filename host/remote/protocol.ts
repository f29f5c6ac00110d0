/**
 * What a server and its callers say to each other over HTTP, described in `docs/remote.md`.
 *
 *     GET  /             what is served: a Description
 *     GET  /openapi.json the same as an OpenAPI document
 *     POST /call/NAME    a call: its arguments as a JSON list, or as the bytes of one value
 *     GET  /live         the server runs
 *     GET  /ready        it takes calls
 */

/** The version of the protocol. */
export const PROTOCOL = 1;
/** Values as `abi/canonical/value-bytes.ts` writes them: the arguments as one tuple, or the answer. */
export const VALUES = "application/vnd.moult.values";
export const JSON_TYPE = "application/json";
export const PROBLEM = "application/problem+json";
/** Bytes of a request's or an answer's body, at most, if nothing else is said. */
export const MOST_BYTES = 2 ** 24;

/** The media type of a header, without its parameters. */
export function mediaType(header: string | null | undefined): string {
  return (header ?? "").split(";", 1)[0]!.trim().toLowerCase();
}
