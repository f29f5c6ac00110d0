/** The keys of a fabric as files have them: all of them in a file that any Avro tool reads, and each change as a datum. */
import {
  AbiError,
  decode,
  encode,
  fingerprint,
  packSnapshot,
  parseSchema,
  readSnapshot,
} from "../../abi/tools.ts";
import { PluginError } from "../errors.ts";
import { Entries } from "./entries.ts";
import type { Change } from "./fabric.ts";

const CHANGE_JSON = {
  type: "record",
  name: "Change",
  fields: [
    { name: "key", type: "string" },
    // Of a deletion there is none.
    { name: "value", type: ["null", "bytes"] },
    { name: "revision", type: "long" },
  ],
} as const;
const ENTRIES_JSON = {
  type: "record",
  name: "Entries",
  fields: [
    { name: "revision", type: "long" },
    { name: "forgotten", type: "long" },
    { name: "changes", type: { type: "array", items: CHANGE_JSON } },
  ],
} as const;
const CHANGE = parseSchema(CHANGE_JSON);
const ENTRIES = parseSchema(ENTRIES_JSON);
/** What such a file is of, in the place of a plugin. */
const OF = { plugin: "fabric", version: "1.0.0" } as const;

interface Written {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly revision: bigint;
}

export function changeBytes(change: Change): Uint8Array {
  return encode(CHANGE, written(change));
}

/** @throws PluginError `bad-store` */
export function changeOf(bytes: Uint8Array): Change {
  return readable(() => changed(decode(CHANGE, bytes) as Written));
}

/** @returns what writes a file of entries */
export async function entriesWriter(): Promise<(entries: Entries) => Uint8Array> {
  const print = await fingerprint(ENTRIES_JSON);
  return (entries) => {
    const { revision, forgotten } = entries;
    const all = {
      revision: BigInt(revision),
      forgotten: BigInt(forgotten),
      changes: entries.all().map(written),
    };
    const datum = encode(ENTRIES, all) as Uint8Array<ArrayBuffer>;
    return packSnapshot({ ...OF, schema: ENTRIES_JSON, datum, fingerprint: print });
  };
}

/** @throws PluginError `bad-store` */
export async function entriesOf(bytes: Uint8Array): Promise<Entries> {
  const file = await readSnapshot(bytes).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  if (file.plugin !== OF.plugin)
    throw new PluginError("bad-store", `found the state of ${file.plugin}, wanted that of a fabric`);
  return readable(() => {
    const all = decode(ENTRIES, file.datum) as {
      readonly revision: bigint;
      readonly forgotten: bigint;
      readonly changes: readonly Written[];
    };
    const entries = new Entries();
    for (const change of all.changes) entries.apply(changed(change));
    entries.skip({ revision: Number(all.revision), forgotten: Number(all.forgotten) });
    return entries;
  });
}

function written(change: Change): Written {
  const { key, revision } = change;
  return { key, value: "value" in change ? change.value : null, revision: BigInt(revision) };
}

function changed({ key, value, revision }: Written): Change {
  const own = { key, revision: Number(revision) };
  return value ? { ...own, value } : { ...own, deleted: true };
}

function readable<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): unknown {
  if (!(cause instanceof AbiError)) return cause;
  return new PluginError("bad-store", `what a fabric wrote cannot be read: ${cause.message}`, { cause });
}
