/**
 * Generates the imports: for each function of a capability, a function that the author's code calls and that
 * calls the host.
 */
import { coreSignature } from "../canonical/layout.ts";
import { LIMITS } from "../limits.ts";
import { kebabCase } from "../type.ts";
import type { Generated } from "./generated.ts";
import { lifted, loaded } from "./lifting.ts";
import { lowered, stored, type Target } from "./lowering.ts";
import type { FunctionShape } from "./shape.ts";
import { hasPointers, layoutOf, manifestFunction, structOf } from "./value-type.ts";

export function shim(shape: FunctionShape, from: string, file: Generated): void {
  const core = coreSignature(manifestFunction(shape), "import");
  const flat = shape.params.flatMap((param) => layoutOf(param.shape).flat);
  const spilled = flat.length > LIMITS.flatParams;
  const inMemory = shape.result !== undefined && layoutOf(shape.result).flat.length > LIMITS.flatResults;
  const usesArena = spilled || inMemory || shape.params.some((param) => hasPointers(param.shape));
  const lines: string[] = usesArena ? [`const before = ${file.use("arena", "mark")}();`] : [];
  const args = spilled ? [`<i32>args`] : flat.map((_, index) => `t${index}`);
  if (spilled) lines.push(...spill());
  else lines.push(...flatten());
  if (inMemory) {
    const { size, align } = layoutOf(shape.result!);
    lines.push(`const area = ${file.use("arena", "alloc")}(${size}, ${align});`);
    args.push("<i32>area");
  }
  const call = `${shape.source}_host(${args.join(", ")})`;
  if (shape.result === undefined) lines.push(`${call};`);
  else if (inMemory)
    lines.push(`${call};`, `const r: ${shape.result.source} = ${loaded(shape.result, "area", file)};`);
  else
    lines.push(
      `const x = ${call};`,
      `const r: ${shape.result.source} = ${lifted(shape.result, ["x"], file)};`,
    );
  if (usesArena) lines.push(`${file.use("arena", "release")}(before);`);
  if (shape.result !== undefined) lines.push("return r;");
  const coreParams = core.params.map((type, index) => `p${index}: ${type}`).join(", ");
  const params = shape.params.map((param, index) => `a${index}: ${param.shape.source}`).join(", ");
  file.add(`@external(${JSON.stringify(from)}, ${JSON.stringify(kebabCase(shape.name))})
declare function ${shape.source}_host(${coreParams}): ${core.results[0] ?? "void"};
export function ${shape.source}(${params}): ${shape.result?.source ?? "void"} {
  ${lines.join("\n  ")}
}
`);

  function flatten(): string[] {
    const targets: Target[] = flat.map((type, index) => ({ name: `t${index}`, core: type }));
    let at = 0;
    const assignments = shape.params.map((param, index) => {
      const size = layoutOf(param.shape).flat.length;
      at += size;
      return lowered(param.shape, `a${index}`, targets.slice(at - size, at), file);
    });
    return [...targets.map(({ name, core }) => `let ${name}: ${core} = 0;`), ...assignments];
  }

  function spill(): string[] {
    const { size, align, offsets } = structOf(shape.params.map((param) => param.shape));
    return [
      `const args = ${file.use("arena", "alloc")}(${size}, ${align});`,
      ...shape.params.map((param, index) =>
        stored(param.shape, `args + ${offsets[index]}`, `a${index}`, file),
      ),
    ];
  }
}
