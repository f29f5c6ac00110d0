/** Stores as their callers get them. */
import type { JournalBounds } from "../../journal/bounds.ts";
import type { Store } from "../store.ts";

/** A plain object, so that a variant can be made of it: `{ ...directoryStore(path), append }`. */
export function plainStore(
  store: Required<Pick<Store, "warnings" | "open" | "read" | "append" | "retract" | "begin" | "close">>,
  own: Required<Pick<Store, "name" | "synchronous" | "checkpoint">>,
): Store {
  return {
    ...own,
    warnings: store.warnings,
    open: () => store.open(),
    read: () => store.read(),
    append: (records) => store.append(records),
    retract: (appends) => store.retract(appends),
    begin: (snapshot, head, module) => store.begin(snapshot, head, module),
    close: () => store.close(),
  };
}

/** @param refuse throws, with the option's name, what was found and what is wanted */
export function checkCheckpoint(
  checkpoint: JournalBounds,
  refuse: (option: string, found: unknown, wanted: string) => void,
): void {
  for (const key of ["calls", "bytes"] as const) {
    const most = checkpoint[key];
    if (most !== undefined && !(most > 0)) refuse(`checkpoint.${key}`, most, "a number above 0");
  }
}
