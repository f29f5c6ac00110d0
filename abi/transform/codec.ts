/**
 * Writes the code that saves and restores a plugin's state, as exact AssemblyScript text.
 *
 * Saving walks plain pointers, because nothing it does allocates. Restoring holds objects in managed locals
 * alone, so that a collection may run at any point; it builds new objects, and touches the plugin's own
 * when all has arrived.
 */
import { cyclicShapes } from "./recursion.ts";
import { restoring } from "./restoring.ts";
import { saving } from "./saving.ts";
import type { RecordShape, StateShape } from "./shape.ts";
import { isReference, type Walk } from "./walk.ts";
import { restorables, stepsFrom } from "./widen.ts";

export interface CodecOptions {
  /** Where the generated file finds the folder `abi/guest`, as an import spells it: `~lib/moult`. */
  readonly guest: string;
}

/**
 * The generated functions: `() -> i32` and `(schema: i32) -> void`, as `SAVE` and `RESTORE` of the ABI are.
 */
export const SAVE_FUNCTION = "moult_save";
export const RESTORE_FUNCTION = "moult_restore";

/**
 * The text of a module that exports `moult_save` and `moult_restore`.
 *
 * It uses the names in the shapes' `source`: their import statements are put before it.
 */
export function stateSource(state: StateShape, options: CodecOptions): string {
  const { root } = state;
  const restored = restorables(state);
  const places: string[] = [];
  const walk: Walk = {
    place(name) {
      const known = places.indexOf(name);
      return known < 0 ? places.push(name) - 1 : known;
    },
    cyclic: cyclicShapes(restored.map(({ shape }) => shape)),
    steps: (older, newest) => stepsFrom(older, newest, state),
  };
  const put = saving(walk);
  const take = restoring(walk);
  const saved = put.reference(root, `changetype<usize>(state<${root.source}>())`, walk.place(root.name));
  const branches = restored.map(
    ({ shape, root: from }, schema) => `  if (schema == ${schema}) {
    const old = ${take.expression(shape, walk.place(from.name))};
    avro.closeSource(${walk.place(from.name)});
    fill(${migrated(state, from)});
    return;
  }
`,
  );
  return `import * as avro from ${JSON.stringify(`${options.guest}/avro`)};
import { decimal } from ${JSON.stringify(`${options.guest}/decimal`)};
import { state } from ${JSON.stringify(`${options.guest}/state`)};

export function ${SAVE_FUNCTION}(): i32 {
  avro.openSink(places);
  ${saved}
  return avro.closeSink();
}

export function ${RESTORE_FUNCTION}(schema: i32): void {
  avro.openSource(places);
${branches.join("")}  const wanted = ": wanted one from 0 to ${restored.length - 1}";
  throw new Error("cannot restore schema " + decimal(schema) + wanted);
}

/** Assigns every field of the object that the plugin holds. */
function fill(from: ${root.source}): void {
  const to = changetype<usize>(state<${root.source}>());
  memory.copy(to, changetype<usize>(from), offsetof<${root.source}>());
${root.fields
  .filter(({ shape }) => isReference(shape))
  .map(({ name }) => link(root, name))
  .join("")}}

${put.functions()}${take.functions()}
const places: StaticArray<string> = [${places.map((place) => JSON.stringify(place)).join(", ")}];
`;
}

/** The old root, led through each `from` that lies between it and the root of today. */
function migrated({ migrations }: StateShape, from: RecordShape): string {
  let value = "old";
  for (let step = migrations.find((one) => one.from === from); step; ) {
    const { to } = step;
    value = `${to.source}.from(${value})`;
    step = migrations.find((one) => one.from === to);
  }
  return value;
}

function link(root: RecordShape, field: string): string {
  return `  __link(to, load<usize>(to, offsetof<${root.source}>("${field}")), false);\n`;
}
