/**
 * A module's state in the form that `moult inspect` prints: its classes, and the older classes that it has
 * steps from.
 */
import { AbiError, chainsIn, checkModuleState, type ModuleState, parseSchema } from "../../../abi/tools.ts";
import { type StateClass, stateClasses } from "./state-classes.ts";

export interface InspectedState {
  readonly fingerprint: string;
  /** Whether its bytes have no schema that tools can read. */
  readonly opaque: boolean;
  readonly classes: readonly StateClass[];
  /** In Avro's JSON form. */
  readonly schema: unknown;
  /** Older states that it restores through its own steps, the newest first. */
  readonly migrations: readonly {
    readonly name: string;
    readonly fingerprint: string;
    readonly classes: readonly StateClass[];
    /** For today's root with older classes inside: their steps, `PageV1 -> Page`. */
    readonly nested?: readonly string[];
  }[];
}

/** @param problems collects what is wrong with the state */
export async function inspectState(state: ModuleState, problems: string[]): Promise<InspectedState> {
  const classes = (schema: unknown, name: string): StateClass[] => {
    try {
      return stateClasses(parseSchema(schema));
    } catch (error) {
      if (!(error instanceof AbiError)) throw error;
      problems.push(`the schema of ${name} cannot be used: ${error.message}`);
      return [];
    }
  };
  const { schema, fingerprint, migrations, opaque = false } = state;
  const before = problems.length;
  const inspected = {
    fingerprint,
    opaque,
    classes: classes(schema, "the state"),
    schema,
    migrations: migrations.map((each) => ({
      name: each.name,
      fingerprint: each.fingerprint,
      classes: classes(each.schema, each.name),
      ...(each.nested && { nested: chainsIn(parseSchema(each.schema)).map((names) => names.join(" -> ")) }),
    })),
  };
  if (problems.length > before) return inspected;
  try {
    await checkModuleState(state);
  } catch (error) {
    if (!(error instanceof AbiError)) throw error;
    problems.push(error.message);
  }
  return inspected;
}
