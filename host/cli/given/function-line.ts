/** A plugin's function in one line, as callers in AssemblyScript or TypeScript would write it. */
import { camelCase, type FunctionType, spell } from "../../../abi/tools.ts";

export interface FunctionLine {
  readonly name: string;
  /** `(line: string) -> bool` */
  readonly type: string;
}

export function functionLine({
  name,
  params,
  result,
}: FunctionType & { readonly name: string }): FunctionLine {
  const given = params.map((param) => `${camelCase(param.name)}: ${spell(param.type)}`).join(", ");
  const answer = result === undefined ? "" : ` -> ${spell(result)}`;
  return { name: camelCase(name), type: `(${given})${answer}` };
}
