/**
 * Generates the code that saves and restores a plugin's state, as AssemblyScript text.
 *
 * Saving uses plain pointers, because it never allocates. Restoring keeps objects in managed locals only, so
 * that a collection may run at any point; it builds new objects, and fills the plugin's own objects from
 * them.
 */
import { authored, declaredName, INSTEAD_OF_ROOT } from "./authored.ts";
import { keeping } from "./keeping.ts";
import { sharedParts } from "./parts.ts";
import { cyclicShapes } from "./recursion.ts";
import { restoring } from "./restoring.ts";
import { saving } from "./saving.ts";
import type { RecordShape, Shape, StateShape } from "./shape.ts";
import { puttingShared, sharedOf, takingShared } from "./shared.ts";
import type { Walk } from "./walk.ts";
import { type Restorable, restorables, stepsFrom } from "./widen.ts";

export interface CodecOptions {
  /** The folder `abi/guest` in the import paths of the generated file: `~lib/moult`. */
  readonly guest: string;
}

/** The generated functions: `() -> i32` and `(schema: i32) -> void`, as `SAVE` and `RESTORE` of the ABI. */
export const SAVE_FUNCTION = "moult_save";
export const RESTORE_FUNCTION = "moult_restore";

/**
 * The text of a module that exports `moult_save` and `moult_restore`.
 *
 * It uses the names in the shapes' `source`, whose import statements the caller puts before it.
 */
export function stateSource(state: StateShape, options: CodecOptions): string {
  const { root } = state;
  const restored = restorables(state);
  const { walk, places } = words(
    restored.map(({ shape }) => shape),
    state,
  );
  const put = saving(walk);
  const keep = keeping(walk);
  const take = restoring(walk, keep.part);
  const [before, behind] = puttingShared(root, walk, put);
  const saved = put.reference(root, "root", walk.place(root.name));
  const there = `changetype<usize>(state<${root.source}>())`;
  const taking = ({ shape, root: from }: Restorable): string => {
    const [before, behind] = takingShared(shape, walk, { take, there: from === root });
    return `${before}    const old = ${take.expression(shape, walk.place(from.name))};
${behind}    avro.closeSource(${walk.place(from.name)});
`;
  };
  const parts = sharedParts(root).length;
  const filling = ({ root: from }: Restorable): string => {
    const made = migrated(state, from);
    if (parts === 0) return `fill(${made});`;
    return from === root ? `if (held < ${parts}) become(old); else fill(old);` : `become(${made});`;
  };
  const branches = restored.map(
    (one, schema) => `  if (schema == ${schema}) {
${taking(one)}    ${filling(one)}
    return;
  }
`,
  );
  const become = `
/**
 * Fills the plugin's own object with what a step has made, or came without the numbers of its parts. The objects of \`@shared\` classes that are parts of the
 * state become those that are there, wherever they are held: so it crosses once more, inside.
 */
function become(made: ${root.source}): void {
  shared.openInside();
  avro.openSink(places);
  put(changetype<usize>(made));
  if (avro.astray()) put(changetype<usize>(made));
  avro.closeSink();
  avro.openSource(places);
  {
${taking(restored[0]!)}    shared.closeInside();
    fill(old);
  }
}
`;
  return `import * as avro from ${JSON.stringify(`${options.guest}/avro`)};
${restored.some(({ shape }) => sharedOf(shape).length > 0) ? `import * as shared from ${JSON.stringify(`${options.guest}/avro/shared`)};\n` : ""}import { decimal } from ${JSON.stringify(`${options.guest}/decimal`)};
import { state } from ${JSON.stringify(`${options.guest}/state`)};

export function ${SAVE_FUNCTION}(): i32 {
  avro.openSink(places);
  put(${there});
  if (avro.astray()) put(${there});
  return avro.closeSink();
}

function put(root: usize): void {
${before}  ${saved}
${behind}}

export function ${RESTORE_FUNCTION}(schema: i32): void {
  avro.openSource(places);
${branches.join("")}  const wanted = ": wanted one from 0 to ${restored.length - 1}";
  throw new Error("cannot restore schema " + decimal(schema) + wanted);
}
${parts > 0 ? become : ""}
/** Fills the object that the plugin holds, and the parts of it, which it may hold as well. */
function fill(from: ${root.source}): void {
  avro.openParts();
  ${keep.fill(root, `changetype<usize>(state<${root.source}>())`, "changetype<usize>(from)")}
}

${put.functions()}${take.functions()}${keep.functions()}
const places: StaticArray<string> = [${places.map((place) => JSON.stringify(place)).join(", ")}];
`;
}

/** The author's words in messages, by number. */
function words(roots: readonly RecordShape[], state: StateShape): { walk: Walk; places: string[] } {
  const places: string[] = [];
  const place = (name: string): number => {
    const known = places.indexOf(name);
    return known < 0 ? places.push(name) - 1 : known;
  };
  const kinds = new Map<string, number>();
  const what = (shape: Shape): number => {
    const kind = authored(shape);
    const known = kinds.get(kind) ?? places.push(kind, remedy(shape, state.root)) - 2;
    kinds.set(kind, known);
    return known;
  };
  const steps: Walk["steps"] = (older, newest) => stepsFrom(older, newest, state);
  return { walk: { place, what, cyclic: cyclicShapes(roots), steps }, places };
}

/** The remedy where an object is met twice, or inside itself. */
function remedy(shape: Shape, root: RecordShape): string {
  if (shape.kind !== "record")
    return "let a class that is marked @shared hold it, and it crosses as the one that it is";
  if (shape.source === root.source)
    return `there is one object of ${declaredName(shape)}: ${INSTEAD_OF_ROOT}`;
  return `mark class ${declaredName(shape)} @shared, and it crosses as the one that it is`;
}

/** Converts the old root through each `from` between it and today's root. */
function migrated({ migrations }: StateShape, from: RecordShape): string {
  let value = "old";
  for (let step = migrations.find((one) => one.from === from); step; ) {
    const { to } = step;
    value = `${to.source}.from(${value})`;
    step = migrations.find((one) => one.from === to);
  }
  return value;
}
