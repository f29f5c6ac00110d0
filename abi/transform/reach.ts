/** Finds the ways to the objects of each class in a state: with several ways, an object may be met twice. */

import { declaredName } from "./authored.ts";
import type { Range } from "./compiler.ts";
import { isShared, keyOf, partsOf, recordsOf, shapesOf } from "./recursion.ts";
import type { RecordShape, Shape } from "./shape.ts";

/** Notes about classes for which `@shared` would help. */
export function noteReach(root: RecordShape): readonly { readonly range: Range; readonly message: string }[] {
  const records = recordsOf([root]);
  const ways = new Map<string, string[]>();
  for (const owner of records) {
    for (const { name, shape } of owner.fields) {
      for (const held of heldIn(shape))
        ways.set(keyOf(held), [...(ways.get(keyOf(held)) ?? []), `${owner.name}.${name}`]);
    }
  }
  return records
    .filter((record) => record !== root && !isShared(record))
    .flatMap((record) => {
      const { range } = record;
      const name = declaredName(record);
      const [one, two, ...more] = ways.get(keyOf(record)) ?? [];
      if (shapesOf(partsOf(record)).includes(record)) {
        const bound = "at most 1000 of them in one another can be saved, and none that is met twice";
        return [
          {
            range,
            message: `${name} can hold another ${name}: ${bound}; mark class ${name} @shared, and any number and any links cross`,
          },
        ];
      }
      if (one === undefined || two === undefined) return [];
      const others = more.length > 0 ? ` (and ${more.length} more)` : "";
      const both = `an object that is in both is refused when the state is saved`;
      return [
        {
          range,
          message: `${one} and ${two}${others} hold a ${name}: ${both}; mark class ${name} @shared if one may be`,
        },
      ];
    });
}

/** The classes whose objects a field holds, itself or in its containers. */
function heldIn(shape: Shape): readonly Shape[] {
  const inside = (one: Shape) => (one.kind === "record" ? [] : partsOf(one));
  return shapesOf([shape], inside).filter(({ kind }) => kind === "record");
}
