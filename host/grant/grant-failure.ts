/** What ends a call at one of the guest's imports because a grant failed. */
import { reason } from "../errors.ts";
import { Refusal } from "../generation/question.ts";

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
