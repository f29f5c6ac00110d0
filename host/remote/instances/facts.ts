/** The facts in frames and requests, as whoever gets them reads them: nothing of another process is believed. */
import * as z from "zod/mini";
import type { FunctionType, Param } from "../../../abi/type.ts";
import { functionProblem } from "../../../abi/type-check.ts";
import { CODES } from "../../codes.ts";
import type { Entry, Failure } from "../../worker/orders.ts";

/** The version of the protocol. */
export const INSTANCES_PROTOCOL = 1;

const MOST_PAGES = 65_536;
const text = z.string().check(z.maxLength(16_384));
const short = z.string().check(z.maxLength(1_024));
const count = z.int().check(z.nonnegative());
const pages = count.check(z.maximum(MOST_PAGES));
/** What JSON writes of `Infinity` is null. */
const bytes = z.optional(z.nullable(z.number().check(z.nonnegative())));

const entry = z.custom<Entry>(isEntry, "a function of an interface");

/** The hex digits of a SHA-256. */
const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** A name that nobody can guess. */
const secretName = z.string().check(z.regex(/^[\w-]{16,64}$/));

const opening = z.object({
  module: digest,
  from: short,
  maxValueBytes: bytes,
  fuel: z.optional(z.object({ call: z.number().check(z.positive()), hook: z.number().check(z.positive()) })),
  pages: z.optional(pages),
});
export type Opening = z.infer<typeof opening>;

const opened = z.object({
  moult: z.literal("instance"),
  protocol: z.int(),
  id: secretName,
  /** Milliseconds after which it ends when nothing is heard of its plugin. */
  lease: z.number().check(z.positive()),
  /** Bytes of a frame of a call, and of one with a state in it. */
  maxBytes: count,
  maxFileBytes: count,
});
export type Opened = z.infer<typeof opened>;

/** Names that are told at a time. */
const MOST_NAMES = 10_000;
const leasing = z.object({ instances: z.array(secretName).check(z.maxLength(MOST_NAMES)) });
const leased = z.object({ gone: z.array(secretName).check(z.maxLength(MOST_NAMES)) });
const dropping = z.object({ images: z.array(secretName).check(z.maxLength(MOST_NAMES)) });

const making = z.object({
  number: count,
  plugin: short,
  compares: z.boolean(),
  pages: z.optional(pages),
  way: z.optional(z.object({ restore: count, same: z.boolean() })),
  entries: z.array(entry).check(z.maxLength(10_000)),
  maxStateBytes: bytes,
  maxValueBytes: bytes,
  maxPages: z.optional(pages),
  afterTrap: text,
  afterFailure: text,
});

/** Orders, with what is large in them left out. */
const order = z.union([
  z.object({ make: making }),
  z.object({ bind: entry }),
  z.object({ do: z.enum(["start", "check", "stop", "image"]) }),
  z.object({ save: short }),
  z.object({ restore: z.literal("bulk") }),
  z.object({ become: z.object({ held: secretName }) }),
]);
export type SentOrder = z.infer<typeof order>;
export type Making = Extract<SentOrder, { make: unknown }>["make"];

const facts = z.object({ pages, recoverable: z.boolean() });
const late = z.object({ what: z.enum(["call", "hook"]), milliseconds: z.number() });
const used = z.object({ what: z.enum(["call", "hook"]), units: z.number() });
const errorShape = {
  name: short,
  message: text,
  stack: z.optional(text),
  code: z.optional(z.enum(CODES)),
  fault: z.optional(z.enum(["argument", "guest", "manifest", "schema", "snapshot"])),
  used: z.optional(used),
  late: z.optional(late),
};
const cause3 = z.object(errorShape);
const cause2 = z.object({ ...errorShape, cause: z.optional(cause3) });
const cause1 = z.object({ ...errorShape, cause: z.optional(cause2) });
const error = z.object({ ...errorShape, cause: z.optional(cause1) });
const failure = z.object({ error, pages });
const answer = z.union([
  z.object({ failed: error, facts: z.optional(facts) }),
  z.object({ facts, held: z.optional(secretName), saved: z.optional(z.literal(true)) }),
]);
export type SentAnswer = z.infer<typeof answer>;
/** @property lost it ended for a reason of its server, and not by its own doing */
const gone = z.object({ error, why: short, lost: z.boolean() });
export type Gone = z.infer<typeof gone>;

function reader<T>(schema: { safeParse(value: unknown): { readonly data?: T | undefined } }) {
  return (value: unknown): T | undefined => schema.safeParse(value).data;
}

export const readOpening = reader(opening);
export const readOpened = reader(opened);
export const readLeasing = reader(leasing);
export const readLeased = reader(leased);
export const readDropping = reader(dropping);
export const readOrder = reader(order);
export const readAnswer = reader(answer);
export const readGone = reader(gone);
export const readFailure = reader<Failure>(failure as never);

/** The types alone: parameters have no names here. */
function isEntry(value: unknown): boolean {
  const { name, type } = (value ?? {}) as { readonly name?: unknown; readonly type?: Partial<FunctionType> };
  if (typeof name !== "string" || !Array.isArray(type?.params)) return false;
  const params = type.params.map((each) => ({ name: "p", type: (each as Partial<Param> | null)?.type }));
  return functionProblem({ name, params, result: type.result }) === undefined;
}
