/** The place of the guest library in this package, which the compiler reads as source. */

/** The package's folder, seen from `abi/transform` and from `dist/bundle` alike. */
const ROOT = "../../";

/** `guest.ts`, or a file of `abi/guest`. */
export function packageFile(path: string): URL {
  return new URL(ROOT + path, import.meta.url);
}

export function guestFile(name: string): URL {
  return packageFile(`abi/guest/${name}`);
}

/** The compiler's name of the function that seeds `Math.random`. */
export const SEED = "~lib/moult/abi/guest/random/seed";
/** The compiler's name of the function that ends a component's call. */
export const ABORT = "~lib/moult/abi/guest/component/abort";
