/** Signatures: read and checked, or refused; and none that was changed is believed. */
import fc from "fast-check";
import { readSignatures, withSignatures, writeSignatures } from "../../abi/wasm/signatures.ts";
import { signaturesIn, verify } from "../../host/trust/mod.ts";
import { DETACHED, ONE, signed, TWO } from "../trust/vectors.ts";
import { changed, type Fuzzer, property, readOrRefused } from "./fuzzer.ts";

const keys = [ONE.public, TWO.public];
const MODULES = (["named", "anonymous", "both", "parted", "partial"] as const).map(signed);

export const signatures: Fuzzer = {
  name: "signatures",
  what: "signed modules and detached signatures, changed, to verify",
  few: 150,
  async property() {
    const inputs = fc.record({
      bytes: fc.oneof(changed([DETACHED]), changed(MODULES)),
      isModule: fc.boolean(),
    });
    return property(inputs, async ({ bytes, isModule }) => {
      await form(bytes);
      const module = isModule ? bytes : signed("unsigned");
      const detached = isModule ? {} : { signature: bytes };
      await readOrRefused(() => signaturesIn(module), "PluginError");
      const believed = await readOrRefused(() => verify(module, { keys, ...detached }), "PluginError");
      if (!believed) return;
      const known = isModule ? isSigned(module) : Buffer.compare(bytes, DETACHED) === 0;
      if (!known) throw new Error("it was believed, and its keys have signed something else");
    });
  },
};

/** There is one form for each content, and it can be put into a module. */
async function form(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const sets = await readOrRefused(() => readSignatures(bytes), "Malformed");
  if (!sets) return;
  if (Buffer.compare(writeSignatures(sets), bytes) !== 0) throw new Error("it has a second form");
  await readOrRefused(() => signaturesIn(withSignatures(signed("unsigned"), bytes)), "PluginError");
}

/** Whether all that was signed of a module is there still: what differs lies in its signatures. */
function isSigned(module: Uint8Array): boolean {
  const body = Buffer.from(signed("unsigned")).subarray(8);
  return MODULES.some((each) => Buffer.compare(each, module) === 0) || Buffer.from(module).includes(body);
}
