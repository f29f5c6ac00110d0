/**
 * Objects of `@shared` classes, which keep their identity: they lie in a table behind the state's own fields,
 * in the order in which a save first meets them, and the places that hold them contain their numbers. Before
 * the fields come the numbers of those that are parts of the state, so that a restore fills the existing
 * objects.
 */
import { HELD, TABLE } from "../state/avro/table.ts";
import { type SharedPart, sharedParts } from "./parts.ts";
import { isShared, isWeightless, recordsOf } from "./recursion.ts";
import type { Restoring } from "./restoring.ts";
import type { Saving } from "./saving.ts";
import type { RecordShape } from "./shape.ts";
import type { Walk } from "./walk.ts";

/** The `@shared` classes of a state, in the order in which a reader meets them: the branches of the table. */
export function sharedOf(root: RecordShape): readonly RecordShape[] {
  return recordsOf([root]).filter(isShared);
}

/** Statements before and behind the one that puts the fields of `root`. */
export function puttingShared(
  root: RecordShape,
  walk: Walk,
  put: Saving,
): readonly [before: string, behind: string] {
  const classes = sharedOf(root);
  if (classes.length === 0) return ["", ""];
  const place = walk.place(`${root.name}.${TABLE}`);
  const branches = classes.map((shape, index) => {
    const branch = classes.length === 1 ? "" : `avro.putLong(${index}); `;
    return `if (avro.classOf(p) == idof<${shape.source}>()) { ${branch}${put.fields(shape, "p")} }`;
  });
  const behind = `  for (let done = 0; ; ) {
    const listed = avro.putListed(done);
    if (listed == done) break;
    for (; done < listed && !avro.stopped; done++) {
      const p = avro.objectOf(done);
      ${branches.join("\n      else ")}
      else avro.stranger(${place});
    }
    if (avro.stopped) break;
  }
`;
  return [puttingHeld(sharedParts(root), walk), behind];
}

function puttingHeld(parts: readonly SharedPart[], walk: Walk): string {
  if (parts.length === 0) return "  avro.putLong(0);\n";
  const puts = parts.map(({ path, steps }) => {
    const { of, field } = steps.at(-1)!;
    const place = walk.place(`${of.name}.${field}`);
    return `  avro.putString(changetype<usize>(${JSON.stringify(path)}), ${place});
  avro.putNumber(${chain(steps)}, ${place});\n`;
  });
  return `  avro.putLong(${parts.length});\n${puts.join("")}  avro.putLong(0);\n`;
}

/** The pointer of a part, or 0. */
function chain(steps: SharedPart["steps"]): string {
  return steps.reduce(
    (at, { of, field }) => `avro.partOf(${at}, offsetof<${of.source}>("${field}"))`,
    "root",
  );
}

/**
 * Statements before and behind the one that takes the fields of `root`.
 *
 * The statements before count in `held` the parts that were kept by their numbers.
 *
 * @param there whether the parts of the existing state are kept, because it is of exactly this class
 */
export function takingShared(
  root: RecordShape,
  walk: Walk,
  { take, there }: { readonly take: Restoring; readonly there: boolean },
): readonly [before: string, behind: string] {
  const classes = sharedOf(root);
  if (classes.length === 0) return ["", ""];
  const place = walk.place(`${root.name}.${TABLE}`);
  const weightless = classes.length === 1 && classes[0]!.fields.every(({ shape }) => isWeightless(shape));
  const block = weightless ? "avro.takeWeightless" : "avro.takeBlock";
  const branches = classes.map((shape, index) => {
    const entry = `shared.entry(index, idof<${shape.source}>(), offsetof<${shape.source}>(), ${place})`;
    const which = classes.length === 1 ? "" : `if (branch == ${index}) `;
    return `      ${which}${take.fields(shape, entry)}\n`;
  });
  const branch =
    classes.length === 1
      ? ""
      : `      const branch = avro.takeIndex(${classes.length}, "a class", ${place});\n`;
  const behind = `    let index = 0;
    for (let block = ${block}(0, ${place}); block > 0; block = ${block}(index, ${place})) {
      for (const whole = index + block; index < whole; index++) {
${branch}${branches.join("")}      }
    }
    shared.closeShared(index, ${place});
`;
  return [`    shared.openShared();\n    avro.openParts();\n${takingHeld(root, walk, there)}`, behind];
}

/** Whether `path` leads to a part, by today's names of the fields or by earlier ones. */
function names(steps: SharedPart["steps"]): string {
  const paths = steps.reduce<string[]>((before, { of, field }) => {
    const { aliases = [] } = of.fields.find(({ name }) => name === field)!;
    return [field, ...aliases].flatMap((name) =>
      before.length > 0 ? before.map((at) => `${at}.${name}`) : [name],
    );
  }, []);
  return paths.map((path) => `path == ${JSON.stringify(path)}`).join(" || ");
}

function takingHeld(root: RecordShape, walk: Walk, there: boolean): string {
  const parts = sharedParts(root);
  const place = walk.place(`${root.name}.${HELD}`);
  const keeps = parts.map(
    ({ steps, shape }) =>
      `        if (${names(steps)}) {
          held += i32(shared.keepShared(number, ${chain(steps)}, idof<${shape.source}>()));
        }\n`,
  );
  const root_ = there
    ? `    const root = changetype<usize>(state<${root.source}>());\n    let held = 0;\n`
    : "";
  return `${root_}    for (let block = avro.takeBlock(0, ${place}); block > 0; block = avro.takeBlock(0, ${place})) {
      for (; block > 0; block--) {
        const path = avro.takeString(${place});
        const number = avro.take<i32>(${place});
${there ? keeps.join("") : ""}      }
    }
`;
}
