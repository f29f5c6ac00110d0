/** The way to one server: requests, and the errors of what became of them. */

import { PluginError } from "../errors.ts";
import { after } from "../timer.ts";
import { type Description, readDescription } from "./description.ts";
import { type Asked, type Exchange, Lost, type Told } from "./exchanged.ts";
import { jsonOf } from "./json-of.ts";
import { readProblem } from "./problem.ts";
import { mediaType, PROBLEM } from "./protocol.ts";
import { RequestSignal } from "./request-signal.ts";
import { readTrace, type Trace } from "./trace.ts";

export interface LineOptions {
  /** For messages. */
  readonly shown: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where each request belongs in a trace. */
  readonly trace: (() => Partial<Trace> | undefined) | undefined;
  readonly timeout: number;
  readonly maxBytes: number;
  readonly maxFileBytes: number;
}

/** What is true where a request may have come through, and where it has not. */
interface Fate {
  readonly maybe: string;
  readonly never: string;
}

export interface Sent extends Pick<Asked, "method" | "path" | "body"> {
  /** The `Content-Type` of the body. */
  readonly type?: string;
  /** @default nothing is told */
  readonly after?: Fate;
  /** Milliseconds that it may take. @default the line's */
  readonly timeout?: number;
  /** Bytes of the answer. @default the line's `maxBytes` */
  readonly most?: number;
  readonly signal?: AbortSignal | undefined;
}

export class Line {
  readonly shown: string;
  readonly maxBytes: number;
  readonly maxFileBytes: number;
  readonly timeout: number;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #trace: LineOptions["trace"];
  readonly #exchange: Exchange;
  #ended = false;

  constructor(exchange: Exchange, { shown, headers, trace, timeout, maxBytes, maxFileBytes }: LineOptions) {
    this.#exchange = exchange;
    this.shown = shown;
    this.maxBytes = maxBytes;
    this.maxFileBytes = maxFileBytes;
    this.timeout = timeout;
    this.#headers = headers;
    this.#trace = trace;
  }

  async describe(): Promise<Description> {
    const could = `could not connect to ${this.shown}`;
    const { status, type, body } = await this.send(could, { method: "GET", path: "" });
    if (status !== 200) throw unexpected(could, status, type);
    return readDescription(jsonOf(body), this.shown);
  }

  /** @throws PluginError `unavailable`, `deadline`, `aborted`, `closed`, and those that the server tells of */
  async send(could: string, sent: Sent): Promise<Told> {
    const { method, path, body, type, timeout = this.timeout, most = this.maxBytes, signal } = sent;
    if (this.#ended) throw closed(could, sent, "never");
    if (signal?.aborted) throw given(could, sent, "never");
    const trace = this.#trace?.();
    const ending = new RequestSignal();
    const clear = after(timeout, () => ending.abort(LATE), { name: "timeout" });
    const leave = () => ending.abort(LEFT);
    signal?.addEventListener("abort", leave, { once: true });
    let told: Told;
    try {
      told = await this.#exchange.send({
        method,
        path,
        headers: {
          ...this.#headers,
          ...readTrace((name) => trace?.[name]),
          ...(body && type !== undefined && { "Content-Type": type }),
        },
        ...(body && { body }),
        signal: ending,
        most,
      });
    } catch (cause) {
      throw this.#failure(could, cause, sent);
    } finally {
      clear();
      signal?.removeEventListener("abort", leave);
    }
    if (mediaType(told.type) !== PROBLEM) return told;
    throw readProblem(jsonOf(told.body))?.error ?? unexpected(could, told.status, told.type);
  }

  /** Lets go of its connections; what is sent next makes new ones. */
  close(): void {
    this.#exchange.close();
  }

  /** Lets go of its connections for good. */
  end(): void {
    this.#ended = true;
    this.#exchange.close();
  }

  #failure(could: string, cause: unknown, sent: Sent): unknown {
    const { after, timeout = this.timeout } = sent;
    if (cause instanceof Lost) {
      const may = cause.sent ? "maybe" : "never";
      if (this.#ended) return closed(could, sent, may, cause);
      const at = after ? `${this.shown.replace(/:$/, "")}: ` : "";
      return new PluginError("unavailable", `${could}: ${at}${cause.message}${fate(sent, may)}`, { cause });
    }
    if (cause === LEFT) return given(could, sent, "maybe");
    if (cause !== LATE) return cause;
    const late = `${after ? this.shown : "it"} did not answer within ${timeout} ms (timeout)`;
    return new PluginError("deadline", `${could}: ${late}${fate(sent, "maybe")}`);
  }
}

function closed(could: string, sent: Sent, may: keyof Fate, cause?: unknown): PluginError {
  return new PluginError("closed", `${could}: its connection was closed${fate(sent, may)}`, { cause });
}

function given(could: string, sent: Sent, may: keyof Fate): PluginError {
  return new PluginError("aborted", `${could}: its caller gave up${fate(sent, may)}`);
}

/** The end of a message: whether the request may have come through. */
function fate({ after }: Sent, may: keyof Fate): string {
  return after ? `; ${after[may]}` : "";
}

/** Why a request is given up. */
const LATE = new Error("the time is up");
const LEFT = new Error("the caller gave up");

export function unexpected(could: string, status: number, type: string | undefined): PluginError {
  const found = `${status}${type === undefined ? "" : `, ${type}`}`;
  return new PluginError(
    "bad-peer",
    `${could}: it is no server of moult's that answers there: found ${found}`,
  );
}
