/** The failure of a grant, which ends a guest's call at one of its imports. */
import { detail, PluginError, reason } from "../errors.ts";
import { Refusal } from "../generation/question.ts";

/** How a grant fails, and what would mend it. */
const FAULTS = {
  threw: {
    what: "threw, and its type has no place for an error",
    remedy: "say fails: true in its capability, and the plugin gets the error as a value",
  },
  unfit: { what: "answered what its type does not allow", remedy: "" },
  unserved: { what: "failed in the plugin that serves it", remedy: "" },
  promised: {
    what: "answered a promise",
    remedy: 'say async: true in its capability, or kind: "post" where it answers nothing',
  },
} as const;

/** A grant threw, or answered what its type does not allow: the guest is unwound in mid-work. */
export class GrantFailure extends Refusal {
  override readonly name = "GrantFailure";

  /** @param grant `acme:db/rows@1.0.0#find`; grants that come with the loader have no capability to change */
  constructor(grant: string, how: keyof typeof FAULTS, cause?: unknown) {
    const { what } = FAULTS[how];
    const remedy = /^(wasi|moult):/.test(grant) ? "" : FAULTS[how].remedy;
    // A plugin that serves others is named by the grant itself.
    const inner = how === "unserved" && cause instanceof PluginError ? detail(cause) : reason(cause);
    const why = how === "promised" ? "" : `: ${inner}`;
    super(`the grant ${grant} ${what}${why}${remedy && `; ${remedy}`}`, { cause });
  }
}
