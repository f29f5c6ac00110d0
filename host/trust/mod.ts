/** `moult/trust`: keys, signatures and lock files, for authors and for programs that look at modules. */
export type { Detached } from "./demands.ts";
export { identityOf, type Lock, type LockedModule, lockedIn, lockText, parseLock } from "./lock.ts";
export type { PublicKey } from "./public-key.ts";
export { newKeys, type PrivateKey, publicKeyOf, type Signer, type SignOptions, sign } from "./signing.ts";
export type { Sources } from "./sources.ts";
export type { Trust } from "./trust.ts";
export {
  keyIdOf,
  type ModuleSigner,
  type SignatureInfo,
  signaturesIn,
  type VerifyOptions,
  verify,
} from "./verifying.ts";
