/** Snapshots: read, or refused; and what was changed below its seal is never read. */
import fc from "fast-check";
import { decode, encode } from "../../abi/state/avro/decode.ts";
import { fingerprint } from "../../abi/state/avro/fingerprint.ts";
import { parseSchema } from "../../abi/state/avro/schema-parser.ts";
import { packSnapshot, readSnapshot } from "../../abi/state/container.ts";
import { stateWithValue } from "../state/host-states.ts";
import { applied, changes, type Fuzzer, property, readOrRefused } from "./fuzzer.ts";

const junk = fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.from(bytes));

async function fileOf(schema: unknown, datum: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const whole = { schema, datum, plugin: "logs", version: "1.2.0", fingerprint: await fingerprint(schema) };
  return packSnapshot(whole);
}

export const snapshots: Fuzzer = {
  name: "snapshots",
  what: "snapshots of any schema: changed, and with a datum that is none; to readSnapshot",
  few: 300,
  async property() {
    const inputs = fc.record({ state: stateWithValue, file: changes, datum: fc.oneof(changes, junk) });
    return property(inputs, async ({ state, file, datum }) => {
      const own = encode(parseSchema(state.schema), state.value).slice();
      const whole = await fileOf(state.schema, own);
      const read = await readOrRefused(() => readSnapshot(applied(file, whole)), "AbiError");
      if (read && Buffer.compare(read.datum, own) !== 0) throw new Error("a changed state was read");
      const other = datum instanceof Uint8Array ? datum : applied(datum, own);
      // Sealed, as one who can write makes it.
      const sealed = await readOrRefused(
        async () => readSnapshot(await fileOf(state.schema, other)),
        "AbiError",
      );
      if (sealed) decode(parseSchema(sealed.schema), sealed.datum);
    });
  },
};
