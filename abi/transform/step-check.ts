/** Steps that could never run, because their states are restored without them. */

import { differences } from "../state/avro/differences.ts";
import { parseSchema } from "../state/avro/schema-parser.ts";
import { Refusal } from "./refusal.ts";
import { avroSchema } from "./schema.ts";
import type { RecordShape, StateShape } from "./shape.ts";

/** @param state a state that can be kept; see `checkKeepable` */
export function checkSteps({ root, migrations, nested = [] }: StateShape): readonly Refusal[] {
  const into = new Map([...migrations, ...nested].map((step) => [step.to.source, step]));
  const older = new Set([...into.values()].map(({ from }) => from.source));
  const newest = [root, ...nested.map(({ to }) => to)].filter(({ source }) => !older.has(source));
  const found = newest.flatMap((newest) => {
    const chain = [newest];
    const refusals: Refusal[] = [];
    for (let step = into.get(newest.source); step; step = into.get(step.from.source)) {
      const { from, range } = step;
      const taker = chain.find((one) => takes(one, from, newest));
      if (taker !== undefined) refusals.push(unreachable({ from, taker, range }));
      chain.push(from);
    }
    return refusals;
  });
  return [...new Map(found.map((refusal) => [refusal.range, refusal])).values()];
}

/** The refusal of a step from a class whose data is restored as that of another. */
function unreachable(step: { from: RecordShape; taker: RecordShape; range: Refusal["range"] }): Refusal {
  const { from, taker, range } = step;
  const { revision = 1, name } = taker;
  const same = `${name} has the same fields as ${from.name}, so its state is taken as one of ${name}`;
  const instead = `if they mean something else, write @revision(${revision + 1}) above class ${name}`;
  return new Refusal(range, `this step can never run: ${same}; ${instead}`);
}

/** Whether all data of the older class is read as the newer one before its step is considered. */
function takes(newer: RecordShape, older: RecordShape, newest: RecordShape): boolean {
  const own = newer === newest;
  const written = avroSchema(older, { olderThan: newest.name, asWritten: own });
  const read = avroSchema(newer);
  // The names of older classes do not count.
  return differences(parseSchema(written), parseSchema(read), { renamed: !own }).length === 0;
}
