/** The manifest's account of the state. */
import type { Manifest } from "../manifest.ts";
import type { Plugin } from "./plugin.ts";
import { avroSchema, fingerprintOf } from "./schema.ts";
import type { RecordShape } from "./shape.ts";

/** @returns `undefined` when the plugin keeps none */
export function manifestState({ state, opaque }: Plugin): Manifest["state"] {
  if (opaque) return { schema: "bytes", fingerprint: fingerprintOf("bytes"), migrations: [], opaque: true };
  if (state === undefined) return undefined;
  return {
    ...described(state.root),
    migrations: state.migrations.map(({ from }) => ({
      ...described(from, state.root.name),
      name: from.name,
    })),
  };
}

function described(root: RecordShape, olderThan?: string) {
  const schema = avroSchema(root, olderThan === undefined ? {} : { olderThan }) as Record<string, unknown>;
  return { schema, fingerprint: fingerprintOf(schema) };
}
