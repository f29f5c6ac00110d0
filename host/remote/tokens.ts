/** Bearer tokens: compared in a time that says nothing of them. */
import { PluginError } from "../errors.ts";

/** Characters that a token has at least: shorter ones can be guessed. */
const LEAST = 16;

export class Tokens {
  readonly #tokens: readonly string[];

  /** @throws PluginError `argument` */
  constructor(given: string | readonly string[] | undefined) {
    const tokens = given === undefined ? [] : typeof given === "string" ? [given] : [...given];
    for (const each of tokens) {
      if (typeof each === "string" && /^[\w.~+/=-]+$/.test(each) && each.length >= LEAST) continue;
      const why = `a token is a text of ${LEAST} or more letters, digits and -._~+/=`;
      throw new PluginError("argument", `could not use token: ${why}`);
    }
    this.#tokens = tokens;
  }

  /** Whether one is asked for. */
  get any(): boolean {
    return this.#tokens.length > 0;
  }

  /** @param header `Authorization` */
  has(header: string | undefined): boolean {
    if (!this.any) return true;
    const [, found = ""] = /^Bearer +(\S+)$/i.exec(header ?? "") ?? [];
    // Each is looked at, to its end.
    return this.#tokens.filter((each) => isSame(each, found)).length > 0;
  }
}

function isSame(token: string, found: string): boolean {
  let differing = token.length ^ found.length;
  for (let i = 0; i < token.length; i++)
    differing |= token.charCodeAt(i) ^ found.charCodeAt(i % (found.length || 1));
  return differing === 0;
}
