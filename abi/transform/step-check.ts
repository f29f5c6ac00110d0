/** Steps that could never run, because a state that they would take is taken without them. */

import { differences } from "../avro/resolve.ts";
import { parseSchema } from "../avro/schema-parser.ts";
import { Refusal } from "./refusal.ts";
import { avroSchema } from "./schema.ts";
import type { RecordShape, StateShape } from "./shape.ts";

/** @param state that can be kept; see `checkKeepable` */
export function checkSteps({ root, migrations }: StateShape): readonly Refusal[] {
  return migrations.flatMap(({ from, range }, n) => {
    const newer = [root, ...migrations.slice(0, n).map((step) => step.from)];
    const taker = newer.find((one) => takes(one, from, { root }));
    return taker === undefined ? [] : [unreachable({ from, taker, range })];
  });
}

/** The refusal of a step from a class whose data is taken for that of another. */
function unreachable(step: { from: RecordShape; taker: RecordShape; range: Refusal["range"] }): Refusal {
  const { from, taker, range } = step;
  const { revision = 1, name } = taker;
  const same = `${name} has the same fields as ${from.name}, so its state is taken as one of ${name}`;
  const instead = `if they mean something else, write @revision(${revision + 1}) above class ${name}`;
  return new Refusal(range, `this step can never run: ${same}; ${instead}`);
}

/** Whether whatever the older class wrote is read as the newer one before its step is looked at. */
function takes(newer: RecordShape, older: RecordShape, { root }: { root: RecordShape }): boolean {
  const own = newer === root;
  const written = avroSchema(older, { olderThan: root.name, asWritten: own });
  const read = avroSchema(newer);
  // Of older classes the names mean nothing.
  return differences(parseSchema(written), parseSchema(read), { renamed: !own }).length === 0;
}
