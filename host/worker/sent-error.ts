/** Errors on their way from a thread to its host: classes do not cross. */
import { AbiError, type AbiFault } from "../../abi/error.ts";
import { type ErrorCode, PluginError, said } from "../errors.ts";
import { trapReason } from "../guest/trap-reason.ts";
import { type Deadline, type Fuel, OutOfFuel, OutOfTime } from "../limits.ts";

export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: SentError | undefined;
  /** Of a `PluginError`. */
  readonly code?: ErrorCode;
  /** Of an `AbiError`. */
  readonly fault?: AbiFault;
  /** Of an `OutOfFuel`. */
  readonly used?: { readonly what: keyof Fuel; readonly units: number };
  /** Of an `OutOfTime`. */
  readonly late?: { readonly what: keyof Deadline; readonly milliseconds: number };
}

/** Characters of a stack: a guest decides how deep it is when it ends. */
const MOST = 16_384;
/** Errors that are the cause of one another. */
const DEEPEST = 4;

export function toSend(error: unknown, depth = 1): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: trapReason(error) };
  const { name, stack, cause } = error;
  return {
    name: String(name),
    message: error instanceof PluginError ? error.rawMessage : said(error),
    ...(typeof stack === "string" && { stack: stack.slice(0, MOST) }),
    ...(cause !== undefined && depth < DEEPEST && { cause: toSend(cause, depth + 1) }),
    ...(error instanceof PluginError && { code: error.code }),
    ...(error instanceof AbiError && { fault: error.fault }),
    ...(error instanceof OutOfTime && { late: { what: error.what, milliseconds: error.milliseconds } }),
    ...(error instanceof OutOfFuel && { used: { what: error.what, units: error.units } }),
  };
}

/** The same error, as far as it crossed. */
export function received(sent: SentError): Error {
  const { code, fault, used, late, message, stack } = sent;
  const options = sent.cause ? { cause: received(sent.cause) } : {};
  if (code) return new PluginError(code, message, options);
  if (used) return new OutOfFuel(used.what, used.units, options.cause);
  if (late) return new OutOfTime(late.what, late.milliseconds);
  const error = fault ? new AbiError(fault, message, options) : engineError(sent, options);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** An error of the engine's, or of a class that is not known here. */
function engineError({ name, message }: SentError, options: ErrorOptions): Error {
  const known = { RangeError, TypeError, RuntimeError: WebAssembly.RuntimeError };
  const found = Object.entries(known).find(([each]) => each === name)?.[1] as ErrorConstructor | undefined;
  const error = new (found ?? Error)(message, options);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true });
  return error;
}
