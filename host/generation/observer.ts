/** Being told of calls besides those who have to be. */
import type { Scribe } from "../journal/recorded.ts";

/** Who is told of calls besides those who have to be. */
export type Beside = Pick<Scribe, "journal" | "add" | "answered">;
type Own = Pick<Scribe, "keep" | "answered" | "trapped" | "unlogged">;

/** Who is told where nobody has to be. */
export const NOBODY: Own = {
  keep: undefined,
  answered: () => undefined,
  trapped: (error) => {
    throw error;
  },
  unlogged: () => {},
};

/** Both are told. */
export function both(own: Own, { journal, add, answered }: Beside): Scribe {
  return {
    ...own,
    journal,
    add,
    answered(call) {
      answered(call);
      return own.answered(call);
    },
  };
}
