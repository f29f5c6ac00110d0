/** Damage of a store's files, as its plugin is told. */
import { PluginError } from "../../errors.ts";
import { Damage } from "./journal-format.ts";

/** @throws PluginError `bad-store` where a record is damaged */
export function* readable(records: Iterable<Uint8Array>, name: string): Generator<Uint8Array> {
  try {
    yield* records;
  } catch (cause) {
    throw unusable(name, cause);
  }
}

/** `bad-store` for damage, and any other error as it is. @param name of the file */
export function unusable(name: string, cause: unknown): unknown {
  if (!(cause instanceof Damage)) return cause;
  return new PluginError("bad-store", `${name} cannot be used: ${cause.message}`, { cause });
}
