/** Errors over HTTP, as problem details (RFC 9457): the same code and message on both sides. */
import * as z from "zod/mini";
import { CODES, type ErrorCode, PHASES, type Phase, PluginError } from "../errors.ts";
import type { Transition } from "../transition.ts";
import { transitionSchema } from "./transition-json.ts";

/** Problem details, as JSON. */
export interface Problem {
  /** `urn:moult:CODE`; `docs/errors.md` explains each. */
  readonly type: string;
  /** The error's code. */
  readonly title: string;
  /** Of HTTP: 400 to 422 where the caller is at fault, 409 for what the plugin's state does not allow, else 500 and above. */
  readonly status: number;
  readonly detail: string;
  /** With `guest-error`: the err that the plugin answered, as JSON. */
  readonly error?: unknown;
  /** Of a swap and a rollback: the record, and the phase that failed. */
  readonly record?: Transition;
  readonly phase?: Phase;
  /** With `incompatible-state`: what the author could write. */
  readonly advice?: string;
}

/** What was refused for the state that the plugin is in. */
const REFUSED = 409;
/** Where nothing else is said, the server or its plugin is at fault. */
const OTHERS = 500;
const STATUS: Partial<Record<ErrorCode, number>> = {
  argument: 400,
  denied: 401,
  mismatch: 404,
  "too-large": 413,
  "guest-error": 422,
  busy: REFUSED,
  quarantined: REFUSED,
  probation: REFUSED,
  "not-on-probation": REFUSED,
  unreplayable: REFUSED,
  "no-state": REFUSED,
  "queue-full": 503,
  closed: 503,
  "crash-loop": 503,
  deadline: 504,
};

export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? OTHERS;
}

/** Where an error is explained. */
export function typeOf(code: ErrorCode): string {
  return `urn:moult:${code}`;
}

/**
 * What a client of HTTP gets for an error of a plugin, as moult's own servers answer it (RFC 9457): send it as
 * `application/problem+json`, with its `status`.
 *
 * @example response.status(problemOf(error).status).json(problemOf(error));
 */
export function problemOf({ code, rawMessage, record, phase, advice }: PluginError): Problem {
  return {
    type: typeOf(code),
    title: code,
    status: record ? REFUSED : statusOf(code),
    detail: rawMessage,
    ...(phase && { phase }),
    ...(record && { record }),
    ...(advice !== undefined && { advice }),
  };
}

const problemSchema = z.object({
  title: z.enum(CODES),
  detail: z.string(),
  error: z.optional(z.unknown()),
  record: z.optional(transitionSchema),
  phase: z.optional(z.enum(PHASES)),
  advice: z.optional(z.string()),
});

/** The error that a server tells of. @returns nothing for what is no problem of moult's */
export function readProblem(
  json: unknown,
): { readonly error: PluginError; readonly payload: unknown } | undefined {
  const { data } = problemSchema.safeParse(json);
  if (!data) return undefined;
  const { title, detail, phase, advice } = data;
  const record = data.record as Transition | undefined;
  return { error: new PluginError(title, detail, { record, phase, advice }), payload: data.error };
}
