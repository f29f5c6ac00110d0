/** The state in the manifest. */
import type { Manifest } from "../manifest.ts";
import type { Plugin } from "./plugin.ts";
import { avroSchema, fingerprintOf } from "./schema.ts";
import type { RecordShape } from "./shape.ts";
import { restorables } from "./widen.ts";

/** @returns `undefined` when the plugin has no state */
export function manifestState({ state, opaque }: Plugin): Manifest["state"] {
  if (opaque) return { schema: "bytes", fingerprint: fingerprintOf("bytes"), migrations: [], opaque: true };
  if (state === undefined) return undefined;
  return {
    ...described(state.root),
    migrations: restorables(state)
      .slice(1)
      .map(({ shape, root, nested }) => ({
        ...described(shape, nested ? undefined : state.root.name),
        name: root.name,
        ...(nested && { nested }),
      })),
  };
}

function described(root: RecordShape, olderThan?: string) {
  const schema = avroSchema(root, olderThan === undefined ? {} : { olderThan }) as Record<string, unknown>;
  return { schema, fingerprint: fingerprintOf(schema) };
}
