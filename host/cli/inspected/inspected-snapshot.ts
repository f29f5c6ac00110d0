/** A snapshot in the form that `moult inspect` prints: its plugin, its schema and its values. */
import { createHash } from "node:crypto";
import { decode, parseSchema, readSnapshot } from "../../../abi/tools.ts";
import { stateJson } from "../json/state-json.ts";
import { type StateClass, stateClasses } from "./state-classes.ts";

export interface InspectedSnapshot {
  readonly kind: "snapshot";
  readonly bytes: number;
  /** Missing in a file of another Avro tool. */
  readonly plugin?: string;
  readonly version?: string;
  readonly fingerprint: string;
  /** SHA-256 of the state's bytes. */
  readonly digest: string;
  /** The number of the state's bytes. */
  readonly stateBytes: number;
  readonly opaque: boolean;
  readonly classes: readonly StateClass[];
  /** In Avro's JSON form. */
  readonly schema: unknown;
  /** As JSON; for an opaque state its bytes, in base64. Missing for a state above 64 MiB. */
  readonly state?: unknown;
}

/** The largest state that is decoded, in bytes. */
const MOST = 1 << 26;

/** @throws AbiError `snapshot` for an invalid snapshot */
export async function inspectSnapshot(bytes: Uint8Array): Promise<InspectedSnapshot> {
  const { schema, datum, plugin, version, fingerprint } = await readSnapshot(bytes);
  const parsed = parseSchema(schema);
  const opaque = parsed.kind === "bytes";
  const value = () =>
    opaque ? Buffer.from(datum).toString("base64") : stateJson(parsed, decode(parsed, datum));
  return {
    kind: "snapshot",
    bytes: bytes.length,
    ...(plugin === undefined ? {} : { plugin }),
    ...(version === undefined ? {} : { version }),
    fingerprint,
    digest: createHash("sha256").update(datum).digest("hex"),
    stateBytes: datum.length,
    opaque,
    classes: stateClasses(parsed),
    schema,
    ...(datum.length > MOST ? {} : { state: value() }),
  };
}
