/** A function as it crosses between a thread and its host: how its arguments and its answer become bytes. */
import {
  type ArgumentsShape,
  argumentsShape,
  type ValueShape,
  valueShape,
} from "../../abi/canonical/value-bytes.ts";
import { type FunctionType, isKind } from "../../abi/type.ts";

export interface FunctionShapes {
  readonly args: ArgumentsShape;
  /** Missing where it answers nothing. */
  readonly answer: ValueShape | undefined;
  /** Whether its answer may be an err. */
  readonly errs: boolean;
}

/** @param name for messages */
export function shapesOf(name: string, type: FunctionType): FunctionShapes {
  const { result } = type;
  return {
    args: argumentsShape(type),
    answer: result === undefined ? undefined : valueShape(result, `the answer of ${name}`),
    errs: isKind("result", result),
  };
}
