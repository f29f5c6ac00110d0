/** Where a call belongs in its caller's trace: what W3C Trace Context and Baggage put into headers. */
import { asyncContext } from "#async-context";
import type { AsyncContext } from "../grant/async-context.ts";

/** The headers of the same names. They are the caller's own words: valid, and not proven. */
export interface Trace {
  /** `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01` */
  readonly traceparent: string;
  readonly tracestate?: string;
  readonly baggage?: string;
}

const PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** Characters of the two others, at most, as the standards bound them. */
const MOST = { tracestate: 512, baggage: 8_192 } as const;
const PRINTABLE = /^[\x20-\x7e]+$/;

const CONTEXT: { there?: AsyncContext<Trace> | undefined } = {};

/**
 * The trace of the call from another process that is being answered: for grants, which pass it on.
 *
 * @returns nothing where that call has none, outside of such a call, and in pages
 * @example const headers = { ...traceContext() };
 */
export function traceContext(): Trace | undefined {
  return CONTEXT.there?.getStore();
}

/** Does what belongs to a trace. */
export function traced<T>(trace: Trace | undefined, work: () => T): T {
  if (!trace) return work();
  CONTEXT.there ??= asyncContext<Trace>();
  return CONTEXT.there ? CONTEXT.there.run(trace, work) : work();
}

/** @param header by name @returns nothing for what is no trace; what else cannot be used is left out */
export function readTrace(header: (name: keyof Trace) => unknown): Trace | undefined {
  const traceparent = header("traceparent");
  if (typeof traceparent !== "string" || !PARENT.test(traceparent)) return undefined;
  const others = (["tracestate", "baggage"] as const).flatMap((name) => {
    const text = header(name);
    const fits = typeof text === "string" && text.length <= MOST[name] && PRINTABLE.test(text);
    return fits ? [[name, text]] : [];
  });
  return { traceparent, ...Object.fromEntries(others) };
}
