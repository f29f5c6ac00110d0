/** Integrity: whether a source brought just the bytes that were expected. */
import { PluginError } from "../errors.ts";
import { misfit } from "../option.ts";

/** As in a web page: `sha256-` and base64. */
const BASE64 = /^sha256-([A-Za-z0-9+/]{43}=)$/;
/** As records, `moult inspect` and `sha256sum` print it. */
const HEX = /^[0-9a-f]{64}$/i;

/** The SHA-256 in hexadecimal that an `integrity` stands for. @throws PluginError `argument` */
export function expectedDigest(integrity: unknown): string {
  if (typeof integrity === "string") {
    if (HEX.test(integrity)) return integrity.toLowerCase();
    const base64 = BASE64.exec(integrity)?.[1];
    if (base64 !== undefined)
      return Array.from(atob(base64), (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  }
  throw misfit(
    integrity,
    "integrity",
    'a SHA-256: "sha256-" and 44 characters of base64, or 64 hexadecimal digits',
  );
}

/** @throws PluginError `integrity` */
export function checkIntegrity(
  { from, bytes }: { readonly from: string; readonly bytes: Uint8Array },
  found: string,
  wanted: string,
): void {
  if (found === wanted) return;
  const why = `its ${bytes.length} bytes have the SHA-256 ${found}, wanted ${wanted} (the option integrity)`;
  throw new PluginError("integrity", `could not load ${from}: ${why}`);
}
