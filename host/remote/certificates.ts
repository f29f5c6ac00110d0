/** Certificates, as options give them. */
import { PluginError } from "../errors.ts";
import { isGroup } from "../option.ts";

/** A text in PEM, or its bytes. */
export type Pem = string | Uint8Array;

export interface TlsOptions {
  /** The private key, in PEM, without a passphrase. */
  readonly key: Pem;
  /** The certificate, in PEM, followed by those that lead to an authority that callers trust. */
  readonly cert: Pem;
}

/** The texts of `tls`. @throws PluginError `argument` */
export function checkedTls(tls: TlsOptions): { readonly key: string; readonly cert: string } {
  const { key, cert } = isGroup(tls) ? tls : ({} as Partial<TlsOptions>);
  return { key: pemOf(key, "tls.key", "PRIVATE KEY"), cert: pemOf(cert, "tls.cert", "CERTIFICATE") };
}

/** The texts of `ca`. @throws PluginError `argument` */
export function checkedAuthorities(ca: Pem | readonly Pem[]): readonly string[] {
  const all = Array.isArray(ca) ? ca : [ca];
  return all.map((each) => pemOf(each, "ca", "CERTIFICATE"));
}

/** What was given stands in no message: it may be a key. */
function pemOf(given: unknown, name: string, label: string): string {
  const text = given instanceof Uint8Array ? new TextDecoder().decode(given) : given;
  if (typeof text === "string" && text.includes(`${label}-----`)) return text;
  throw new PluginError("argument", `could not use ${name}: wanted a text in PEM, with a ${label}`);
}
