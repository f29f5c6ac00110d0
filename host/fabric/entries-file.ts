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
import { CHANGE, type ChangeDatum, changeFrom, datumOf } from "./change-datum.ts";
import { Entries } from "./entries.ts";
import type { Change } from "./fabric.ts";

const ENTRIES_JSON = {
  type: "record",
  name: "Entries",
  fields: [
    { name: "life", type: "string" },
    { name: "revision", type: "long" },
    { name: "forgotten", type: "long" },
    { name: "changes", type: { type: "array", items: CHANGE } },
  ],
} as const;
const ONE = parseSchema(CHANGE);
const ENTRIES = parseSchema(ENTRIES_JSON);
/** What such a file is of, in the place of a plugin. */
const OF = { plugin: "fabric", version: "1.0.0" } as const;

export function changeBytes(change: Change): Uint8Array {
  return encode(ONE, datumOf(change));
}

/** @throws PluginError `bad-store` */
export function changeOf(bytes: Uint8Array): Change {
  return readable(() => changeFrom(decode(ONE, bytes) as ChangeDatum));
}

/** @returns what writes a file of entries */
export async function entriesWriter(): Promise<(entries: Entries) => Uint8Array> {
  const print = await fingerprint(ENTRIES_JSON);
  return (entries) => {
    const { life, revision, forgotten } = entries;
    const all = {
      life,
      revision: BigInt(revision),
      forgotten: BigInt(forgotten),
      changes: entries.all().map(datumOf),
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
      readonly life: string;
      readonly revision: bigint;
      readonly forgotten: bigint;
      readonly changes: readonly ChangeDatum[];
    };
    const entries = new Entries(all.life);
    for (const change of all.changes) entries.apply(changeFrom(change));
    entries.skip({ revision: Number(all.revision), forgotten: Number(all.forgotten) });
    return entries;
  });
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
