/** Generates the exports: a core function of the Canonical ABI around each of the author's functions. */
import { coreSignature } from "../canonical/layout.ts";
import { LIMITS } from "../limits.ts";
import type { Generated } from "./generated.ts";
import { lifted, loaded } from "./lifting.ts";
import { lowered, stored } from "./lowering.ts";
import type { FunctionShape, Shape } from "./shape.ts";
import { hasPointers, isReference, layoutOf, manifestFunction, structOf } from "./value-type.ts";

/** An exported wrapper, by its name until the compilation is over. */
export interface Wrapper {
  readonly identifier: string;
  /** Whether the host has to report that it has read the result. */
  readonly post: boolean;
}

export function wrapper(shape: FunctionShape, identifier: string, file: Generated): Wrapper {
  const core = coreSignature(manifestFunction(shape), "export");
  const spilled = shape.params.flatMap((param) => layoutOf(param.shape).flat).length > LIMITS.flatParams;
  const lines: string[] = [];
  const names = shape.params.map((param, index) => {
    lines.push(`const a${index}: ${param.shape.source} = ${argument(index)};`);
    return `a${index}`;
  });
  const inMemory =
    core.results[0] === "i32" && shape.result !== undefined && layoutOf(shape.result).flat.length > 1;
  // Arguments are guest objects by now, so the lowered values are freed before the author's code runs.
  if (spilled || inMemory || shape.params.some((param) => hasPointers(param.shape)))
    lines.push(`${file.use("arena", "reset")}();`);
  const call = `${shape.source}(${names.join(", ")})`;
  if (shape.result === undefined) lines.push(`${call};`);
  else lines.push(`const r: ${shape.result.source} = ${call};`, ...result(shape.result, inMemory, file));
  const params = core.params.map((type, index) => `p${index}: ${type}`).join(", ");
  file.add(`export function ${identifier}(${params}): ${core.results[0] ?? "void"} {
  ${lines.join("\n  ")}
}
`);
  return { identifier, post: shape.result !== undefined && hasPointers(shape.result) };

  function argument(index: number): string {
    const own = shape.params[index]!.shape;
    if (spilled) {
      const { offsets } = structOf(shape.params.map((param) => param.shape));
      return loaded(own, `<usize>p0 + ${offsets[index]}`, file);
    }
    const start = shape.params
      .slice(0, index)
      .reduce((sum, param) => sum + layoutOf(param.shape).flat.length, 0);
    return lifted(
      own,
      layoutOf(own).flat.map((_, i) => `p${start + i}`),
      file,
    );
  }
}

/** The result stays in its place, where the host reads it before the next call. */
function result(shape: Shape, inMemory: boolean, file: Generated): string[] {
  const keep =
    isReference(shape) && hasPointers(shape) ? [`${file.use("arena", "keep")}(changetype<usize>(r));`] : [];
  if (inMemory) {
    const { size, align } = layoutOf(shape);
    const alloc = file.use("arena", "alloc");
    return [
      ...keep,
      `const area = ${alloc}(${size}, ${align});`,
      stored(shape, "area", "r", file),
      "return <i32>area;",
    ];
  }
  const [core = "i32"] = layoutOf(shape).flat;
  return [`let x: ${core} = 0;`, lowered(shape, "r", [{ name: "x", core }], file), "return x;"];
}
