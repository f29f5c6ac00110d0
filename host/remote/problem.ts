/** Errors over HTTP, as problem details (RFC 9457): the same code and message on both sides. */
import * as z from "zod/mini";
import { CODES, type ErrorCode, PluginError } from "../errors.ts";

export interface Problem {
  /** `urn:moult:CODE`; `docs/errors.md` explains each. */
  readonly type: string;
  /** The error's code. */
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** With `guest-error`: the err that the plugin answered, as JSON. */
  readonly error?: unknown;
}

/** Where nothing else is said, the server or its plugin is at fault. */
const OTHERS = 500;
const STATUS: Partial<Record<ErrorCode, number>> = {
  argument: 400,
  denied: 401,
  mismatch: 404,
  "too-large": 413,
  "guest-error": 422,
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

export function problemOf({ code, rawMessage }: PluginError): Problem {
  return {
    type: typeOf(code),
    title: code,
    status: statusOf(code),
    detail: rawMessage,
  };
}

const problemSchema = z.object({
  title: z.enum(CODES),
  detail: z.string(),
  error: z.optional(z.unknown()),
});

/** The error that a server tells of. @returns nothing for what is no problem of moult's */
export function readProblem(
  json: unknown,
): { readonly error: PluginError; readonly payload: unknown } | undefined {
  const { data } = problemSchema.safeParse(json);
  if (!data) return undefined;
  return { error: new PluginError(data.title, data.detail), payload: data.error };
}
