/** Does not ask its host for what the version before asked. */
export { check, count, find, size, times } from "./failing";

export function remove(page: string): string {
  return "removed";
}
