/** IP addresses, and which of them are public: what the whole internet may reach, and no network of one's own. */

/** Bytes of an address: 4 of IPv4, 16 of IPv6. */
export type Address = readonly number[];

/** Addresses that share their first bits. */
export interface AddressRange {
  readonly address: Address;
  readonly bits: number;
}

/** @param text in its usual form, without brackets and zone. @returns undefined for anything else */
export function parseAddress(text: string): Address | undefined {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

/** @param text `10.0.0.0/8`, `fd00::/8`, or one address. @returns undefined for anything else */
export function parseRange(text: string): AddressRange | undefined {
  const [, first = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(first);
  const bits = length === undefined ? (address?.length ?? 0) * 8 : Number(length);
  return address && bits <= address.length * 8 ? { address, bits } : undefined;
}

export function isWithin(address: Address, { address: first, bits }: AddressRange): boolean {
  if (address.length !== first.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== first[i]) return false;
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  return mask === 0 || ((address[whole]! ^ first[whole]!) & mask) === 0;
}

/**
 * The IPv4 address that an IPv6 address stands for, where there is one: mapped (`::ffff:10.0.0.1`), or
 * translated by a network (`64:ff9b::10.0.0.1`).
 */
export function embedded(address: Address): Address {
  return EMBEDDING.some((range) => isWithin(address, range)) ? address.slice(12) : address;
}

/** Whether an address is one of the public internet, by what it stands for. */
export function isPublic(address: Address): boolean {
  const meant = embedded(address);
  if (meant.length === 4) return !PRIVATE_V4.some((range) => isWithin(meant, range));
  return isWithin(meant, GLOBAL_V6) && !PRIVATE_V6.some((range) => isWithin(meant, range));
}

export function isLoopback(address: Address): boolean {
  const meant = embedded(address);
  return isWithin(meant, LOOPBACK_V4) || isWithin(meant, LOOPBACK_V6);
}

/** Ranges by IANA's registries of special-purpose addresses, with multicast. */
const PRIVATE_V4 = ranges(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
);
/** All that is assigned to the internet. The rest of IPv6 is private, link-local, multicast or nobody's. */
const [GLOBAL_V6] = ranges("2000::/3") as [AddressRange];
/** Protocols (Teredo too), documentation, and 6to4, which leads to an IPv4 address. */
const PRIVATE_V6 = ranges("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");
const EMBEDDING = ranges("::ffff:0:0/96", "64:ff9b::/96");
const [LOOPBACK_V4, LOOPBACK_V6] = ranges("127.0.0.0/8", "::1/128") as [AddressRange, AddressRange];

function ranges(...texts: string[]): AddressRange[] {
  return texts.map((text) => parseRange(text) as AddressRange);
}

function parseV4(text: string): Address | undefined {
  // A zero in front would be octal for some, and decimal for others.
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseV6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [front, back] = halves.map((half, i) => groups(half, i === halves.length - 1));
  if (!front) return undefined;
  if (halves.length === 1) return front.length === 16 ? front : undefined;
  if (!back || front.length + back.length > 14) return undefined;
  return [...front, ...Array<number>(16 - front.length - back.length).fill(0), ...back];
}

/** The bytes of groups between colons. @param last whether IPv4 may stand at the end */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const v4 = last && i === parts.length - 1 ? parseV4(part) : undefined;
    if (v4) bytes.push(...v4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const group = Number.parseInt(part, 16);
      bytes.push(group >> 8, group & 0xff);
    } else return undefined;
  }
  return bytes;
}
