/** What the library refused of what was typed: options that it cannot use are a wrong use of the command. */
import { PluginError } from "../../mod.ts";
import { EXIT, Failure } from "../failure.ts";

export function refused(cause: unknown): unknown {
  if (!(cause instanceof PluginError)) return cause;
  return new Failure(cause.message, { cause, ...(cause.code === "argument" && { exit: EXIT.usage }) });
}
