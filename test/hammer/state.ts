/** The state in a snapshot, as any reader of Avro sees it. */
import { decode, parseSchema, readSnapshot } from "moult/abi";
import { type Ledger, nameOf } from "./ledger.ts";

export interface Core {
  readonly count: number;
  readonly chain: number;
  readonly recent: ReadonlyMap<number, number>;
  readonly marks: ReadonlySet<number>;
  readonly texts: readonly string[];
  readonly ballast: Uint8Array;
}

/** @returns the state, whichever version's shape it has */
export async function stateOf(snapshot: Uint8Array): Promise<Core> {
  const { schema, datum } = await readSnapshot(snapshot);
  const state = decode(parseSchema(schema), datum) as { core?: Core; heart?: Core };
  const core = state.core ?? state.heart;
  if (!core) throw new Error("a snapshot has another shape than every version");
  return core;
}

/** How a state differs from the model's; nothing when it does not. */
export function differenceOf(found: Core, wanted: Ledger): string | undefined {
  if (nameOf(found) !== wanted.name) return `the state is ${nameOf(found)}, and has to be ${wanted.name}`;
  const [was, is] = [shown(wanted), shown(found)];
  return was === is ? undefined : `the containers are ${is}, and have to be ${was}`;
}

function shown({ recent, marks, texts, ballast }: Pick<Core, "recent" | "marks" | "texts" | "ballast">): string {
  return JSON.stringify([[...recent], [...marks], texts, [...ballast]]);
}
