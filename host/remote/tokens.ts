/** Bearer tokens, and what each of them grants: compared in a time that says nothing of them. */
import { PluginError } from "../errors.ts";
import { isGroup } from "../option.ts";
import { BY_DEFAULT, checkVerbs, type Verb } from "./verb.ts";

/** A token, and what who sends it may do. */
export interface TokenGrant {
  /** 16 or more letters, digits and `-._~+/=`. */
  readonly token: string;
  /** What it grants, each by its name; those that are not named are refused. */
  readonly verbs: readonly Verb[];
}

/** What a request may do. */
export type Rights = ReadonlySet<Verb>;

/** Characters that a token has at least: shorter ones can be guessed. */
const LEAST = 16;

export class Tokens {
  readonly #grants: readonly { readonly token: string; readonly verbs: readonly Verb[] }[];

  /** What who sends no token may do besides. */
  readonly #open: readonly Verb[];
  readonly #withoutToken: Rights;

  /**
   * @param given a token without verbs grants `call` alone
   * @param open what who sends none may do besides
   * @throws PluginError `argument`
   */
  constructor(
    given: string | TokenGrant | readonly (string | TokenGrant)[] | undefined,
    open: readonly Verb[] = [],
  ) {
    this.#open = open;
    const all = given === undefined ? [] : Array.isArray(given) ? given : [given];
    this.#grants = all.map(grantOf);
    this.#withoutToken = new Set(this.any ? open : [...BY_DEFAULT, ...open]);
  }

  /** Whether one is asked for. */
  get any(): boolean {
    return this.#grants.length > 0;
  }

  /** Whether one of them grants something. */
  grant(verb: Verb): boolean {
    return this.#grants.some(({ verbs }) => verbs.includes(verb));
  }

  /**
   * What a request may do; where no token is asked for, `call` alone.
   *
   * @param header `Authorization`
   * @returns nothing for a token that is none of these
   */
  rightsOf(header: string | undefined): Rights | undefined {
    if (!this.any) return this.#withoutToken;
    if (header === undefined && this.#open.length > 0) return this.#withoutToken;
    const [, found = ""] = /^Bearer +(\S+)$/i.exec(header ?? "") ?? [];
    // Each is looked at, to its end.
    const own = this.#grants.filter(({ token }) => isSame(token, found));
    return own.length > 0 ? new Set(own.flatMap(({ verbs }) => verbs)) : undefined;
  }
}

function grantOf(given: unknown): TokenGrant {
  const { token, verbs = BY_DEFAULT } = (isGroup(given) ? given : { token: given }) as Partial<TokenGrant>;
  checkVerbs(verbs);
  if (typeof token === "string" && /^[\w.~+/=-]+$/.test(token) && token.length >= LEAST)
    return { token, verbs: [...verbs] };
  const why = `a token is a text of ${LEAST} or more letters, digits and -._~+/=`;
  throw new PluginError("argument", `could not use token: ${why}`);
}

function isSame(token: string, found: string): boolean {
  let differing = token.length ^ found.length;
  for (let i = 0; i < token.length; i++)
    differing |= token.charCodeAt(i) ^ found.charCodeAt(i % (found.length || 1));
  return differing === 0;
}
