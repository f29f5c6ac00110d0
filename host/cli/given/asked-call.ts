/** The call that the user asked for: a function of the plugin, and its arguments. */
import {
  argumentFrom,
  camelCase,
  isKind,
  JsonMisfit,
  type Manifest,
  type ManifestFunction,
  type ValueType,
} from "../../../abi/tools.ts";
import { EXIT, Failure } from "../failure.ts";
import { suggestion } from "../page/suggestion.ts";
import { plain } from "../plain.ts";
import { functionLine } from "./function-line.ts";

export interface AskedCall {
  /** Its name, as it is called. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** The types of the ok and the err of a function that answers a `result`. */
  readonly ok: ValueType | undefined;
  readonly err: ValueType | undefined;
  /** The function's parameters, for a hint. */
  readonly takes: string;
}

/**
 * Finds the function, and converts the typed arguments.
 *
 * @param name in camelCase or in WIT's spelling
 * @throws Failure which lists the plugin's functions, or the function's parameters
 */
export function askedCall(manifest: Manifest, name: string, typed: readonly string[]): AskedCall {
  const found = manifest.exports.find((each) => each.name === name || camelCase(each.name) === name);
  if (!found) throw unknown(manifest, name);
  const line = functionLine(found);
  const takes = `${line.name} takes ${line.type}`;
  const refuse = (problem: string, cause?: unknown) =>
    new Failure(`could not call ${manifest.name}.${line.name}: ${problem}; it was not called`, {
      exit: EXIT.usage,
      hint: takes,
      cause,
    });
  if (line.name === "then") throw refuse("no function of that name can be called from JavaScript");
  const { params } = found;
  if (typed.length !== params.length) {
    const wanted = params.length === 1 ? "1 argument" : `${params.length} arguments`;
    throw refuse(`wanted ${wanted}, found ${typed.length}`);
  }
  try {
    const args = params.map(({ name, type }, i) =>
      argumentFrom(type, typed[i]!, `parameter ${camelCase(name)}`),
    );
    return { name: line.name, args, takes, ...answers(found) };
  } catch (cause) {
    if (cause instanceof JsonMisfit) throw refuse(cause.message, cause);
    throw cause;
  }
}

function answers({ result }: ManifestFunction): Pick<AskedCall, "ok" | "err"> {
  if (isKind("result", result)) return { ok: result.result.ok, err: result.result.err };
  return { ok: result, err: undefined };
}

function unknown({ name: plugin, exports }: Manifest, name: string): Failure {
  const names = exports.map((each) => camelCase(each.name));
  const near = suggestion(name, names);
  const meant = near === undefined ? "" : `did you mean ${near}? `;
  const all = names.length === 0 ? "it has no functions" : `its functions are ${names.join(", ")}`;
  return new Failure(`could not call ${plugin}.${plain(name)}: there is no such function`, {
    exit: EXIT.usage,
    hint: `${meant}${all}`,
  });
}
