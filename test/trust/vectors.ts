/** Modules that wasmsign2 has signed, and the keys. */
import { readFileSync } from "node:fs";

const { keys, modules, detached } = JSON.parse(
  readFileSync(new URL("../../abi/vectors/signatures.json", import.meta.url), "utf8"),
) as {
  readonly keys: readonly Readonly<Record<"seed" | "privateKey" | "publicKey" | "id", string>>[];
  readonly modules: Readonly<Record<Signed, string>>;
  readonly detached: string;
};

type Signed = "unsigned" | "named" | "anonymous" | "both" | "parted" | "partial";

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

const key = (n: number) => ({ ...keys[n]!, public: bytes(keys[n]!.publicKey) });
export const ONE = key(0);
export const TWO = key(1);
export const signed = (name: Signed): Uint8Array => bytes(modules[name]);
export const DETACHED = bytes(detached);
