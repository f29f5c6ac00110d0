/** What ends a call at one of the guest's imports, and is no answer of a grant's. */
import { reason } from "../errors.ts";

/**
 * What the host does not do for a guest that asks: it ends the call, and crosses as no error, even where a type has a place
 * for one; but for a refused effect, which changes nothing that is kept.
 */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
}

/** How a grant fails, and what would mend it. */
const FAULTS = {
  threw: {
    what: "threw, and its type has no place for an error",
    remedy: "say fails: true in its capability, and the plugin gets the error as a value",
  },
  unfit: { what: "answered what its type does not allow", remedy: "" },
  promised: {
    what: "answered a promise",
    remedy: 'say async: true in its capability, or kind: "post" where it answers nothing',
  },
} as const;

/** A grant threw, or answered what its type does not allow: the guest is unwound in the middle of its work. */
export class GrantFailure extends Refusal {
  override readonly name = "GrantFailure";

  /** @param grant `acme:db/rows@1.0.0#find`; what comes with the loader has no capability that can be changed */
  constructor(grant: string, how: keyof typeof FAULTS, cause?: unknown) {
    const { what } = FAULTS[how];
    const remedy = /^(wasi|moult):/.test(grant) ? "" : FAULTS[how].remedy;
    const why = how === "promised" ? "" : `: ${reason(cause)}`;
    super(`the grant ${grant} ${what}${why}${remedy && `; ${remedy}`}`, { cause });
  }
}

/** What an effect meets that must not happen. The one refusal that a guest is told of, where its type has a place for it. */
export class RefusedEffect extends Refusal {
  override readonly name = "RefusedEffect";

  constructor(grant: string) {
    super(`${grant} has an effect, which is refused before the cutover`);
  }
}
