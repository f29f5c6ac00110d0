/** The journal of a plugin, made when something first keeps its calls. */
import { Journal } from "../journal/journal.ts";
import type { Lifecycle } from "./lifecycle.ts";

export function journalOf(lifecycle: Lifecycle): Journal {
  lifecycle.journal ??= new Journal(lifecycle.maxJournalBytes);
  return lifecycle.journal;
}
