/** The reach of a plugin: which addresses a request may be sent to. */
import { embedded, isLoopback, isPublic, isWithin, parseAddress } from "./address.ts";
import type { Policy } from "./policy.ts";

/**
 * Why an address must not be connected to, if so. An address that stands in `allow` is named there; and
 * `localhost` names the loopback addresses.
 *
 * @param hostname an allowed one, as in a URL
 * @param address that it leads to
 */
export function refusalOf(
  hostname: string,
  address: string,
  { privateAddresses }: Pick<Policy, "privateAddresses">,
): string | undefined {
  const found = parseAddress(address);
  if (!found) return `${hostname} leads to an address that cannot be read`;
  if (isPublic(found) || isLiteral(hostname)) return undefined;
  if (isLoopback(found) && /(^|\.)localhost$/.test(hostname)) return undefined;
  const meant = embedded(found);
  if (privateAddresses.some((range) => isWithin(found, range) || isWithin(meant, range))) return undefined;
  return `${hostname} leads to a private address, which the host does not allow (privateAddresses)`;
}

function isLiteral(hostname: string): boolean {
  return parseAddress(hostname.replace(/^\[(.*)\]$/, "$1")) !== undefined;
}
