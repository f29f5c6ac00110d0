/** The state of a module in its manifest: read and checked when the module is loaded. */
import { AbiError } from "../error.ts";
import type { Manifest } from "../manifest.ts";
import { fingerprint } from "./avro/fingerprint.ts";
import { parseSchema } from "./avro/schema-parser.ts";

/** A module's state, as in its manifest. */
export type ModuleState = NonNullable<Manifest["state"]>;

/**
 * Checks the state in a manifest, migrations included: schemas, fingerprints, and that an opaque state is
 * bytes.
 *
 * @throws AbiError `schema`
 */
export async function checkModuleState(state: ModuleState): Promise<void> {
  const root = parseSchema(state.schema).kind;
  if ((root === "bytes") !== (state.opaque ?? false)) {
    throw new AbiError(
      "schema",
      `found the state schema ${root}, and it is ${state.opaque ? "" : "not "}opaque, wanted bytes if opaque`,
    );
  }
  for (const { schema, fingerprint: said, name } of [{ ...state, name: "the state" }, ...state.migrations]) {
    const found = await fingerprint(schema);
    if (found === said) continue;
    throw new AbiError(
      "schema",
      `the schema of ${name} has the fingerprint ${found}, the manifest says ${said}`,
    );
  }
}
