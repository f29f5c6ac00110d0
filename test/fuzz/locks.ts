/** Lock files: read, or refused as `[bad-lock]`. */
import fc from "fast-check";
import { lockText, parseLock } from "../../host/trust/mod.ts";
import { changed, type Fuzzer, property, readOrRefused } from "./fuzzer.ts";

const ENTRY = {
  sha256: "0123456789abcdef".repeat(4),
  permissions: ["acme:db/rows@1.0.0#find", "moult:log/log@1.0.0#write"],
  signers: [`${"A".repeat(43)}=`],
};
const FILES = [
  lockText({ lockVersion: 1, modules: {} }),
  lockText({ lockVersion: 1, modules: { visits: { "1.0.0": ENTRY, "1.1.0": ENTRY }, "wörter ✓": {} } }),
].map((text) => new TextEncoder().encode(text));

/** JSON that is nearly a lock. */
const nearly = fc.letrec((tie) => ({
  lock: fc.record(
    { lockVersion: fc.oneof(fc.constant(1), fc.anything()), modules: tie("modules") },
    { requiredKeys: [] },
  ),
  modules: fc.oneof(
    fc.dictionary(fc.constantFrom("a", "__proto__", "constructor", "\n", "b"), tie("versions")),
    fc.anything(),
  ),
  versions: fc.oneof(fc.dictionary(fc.constantFrom("1.0.0", "__proto__"), tie("entry")), fc.anything()),
  entry: fc.record(
    {
      sha256: fc.oneof(fc.constant(ENTRY.sha256), fc.anything()),
      permissions: fc.oneof(fc.array(fc.string()), fc.anything()),
      signers: fc.oneof(fc.constant(ENTRY.signers), fc.anything()),
    },
    { requiredKeys: [] },
  ),
})).lock;

export const locks: Fuzzer = {
  name: "locks",
  what: "lock files, changed, and JSON that is nearly one, to parseLock",
  few: 400,
  async property() {
    const texts = fc.oneof(
      changed(FILES).map((bytes) => Buffer.from(bytes).toString("utf8")),
      nearly.map((value) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? 0 : each)) ?? ""),
    );
    return property(texts, async (text) => {
      const lock = await readOrRefused(() => parseLock(text), "PluginError");
      if (!lock) return;
      const again = lockText(lock);
      if (lockText(parseLock(again)) !== again) throw new Error("its own text is read as another lock");
    });
  },
};
