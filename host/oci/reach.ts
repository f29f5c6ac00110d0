/**
 * Reach: where a registry may lead, with its redirects and for its tokens. It must not make this machine ask where the
 * registry itself could not.
 */
import { lookup } from "node:dns/promises";
import { isLoopback, isPublic, parseAddress } from "../capabilities/http/address.ts";
import { PluginError } from "../errors.ts";
import { shownUrl } from "../module/address.ts";

/** The addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** How near an address is: this machine, a network of one's own, the internet. */
const NEAR = { machine: 0, network: 1, internet: 2 } as const;
type Near = (typeof NEAR)[keyof typeof NEAR];
const CALLED = ["this machine", "a private network"] as const;

export class Reach {
  readonly #registry: URL;
  readonly #resolve: Resolve;
  #own: Promise<Near> | undefined;

  /** @param resolve stands in for the system's resolver in tests */
  constructor(registry: URL, resolve: Resolve = ofSystem) {
    this.#registry = registry;
    this.#resolve = resolve;
  }

  /**
   * What a name stands for is looked at before it is asked; a name that stands for something else a moment later is not
   * noticed.
   *
   * @param how it came to be asked for: `the registry redirects to`
   * @throws PluginError `forbidden-source`
   */
  async admit(url: URL, from: string, how: string): Promise<void> {
    const refuse = (why: string) =>
      new PluginError("forbidden-source", `could not read ${from}: ${how} ${shownUrl(url)}, ${why}`);
    const plain = url.protocol === "http:" && this.#registry.protocol === "http:";
    if (url.protocol !== "https:" && !plain) throw refuse("which is not https");
    if (url.username !== "" || url.password !== "") throw refuse("which has a user or a password in it");
    this.#own ??= this.#nearness(this.#registry.hostname);
    const [own, other] = await Promise.all([this.#own, this.#nearness(url.hostname)]);
    if (other < own) throw refuse(`which is in ${CALLED[other as 0 | 1]}, and the registry is not`);
  }

  async #nearness(hostname: string): Promise<Near> {
    const literal = /^\[(.*)\]$/.exec(hostname)?.[1] ?? hostname;
    const address = parseAddress(literal);
    if (address) return nearnessOf(literal);
    if (isOwnName(hostname)) return NEAR.machine;
    // A name without addresses cannot be connected to.
    const found = await this.#resolve(hostname).catch(() => []);
    return found.map(nearnessOf).reduce<Near>((near, each) => (each < near ? each : near), NEAR.internet);
  }
}

/** Whether a host is this machine by its very name, so that nothing sent there leaves it. */
export function isOwnHost(hostname: string): boolean {
  const address = parseAddress(/^\[(.*)\]$/.exec(hostname)?.[1] ?? hostname);
  return address ? isLoopback(address) : isOwnName(hostname);
}

function isOwnName(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname);
}

function nearnessOf(text: string): Near {
  const address = parseAddress(text.replace(/%.*$/, ""));
  if (!address || isPublic(address)) return NEAR.internet;
  return isLoopback(address) || address.every((byte) => byte === 0) ? NEAR.machine : NEAR.network;
}

async function ofSystem(hostname: string): Promise<string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}
