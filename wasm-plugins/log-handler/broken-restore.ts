/** Broken on purpose: it cannot take over any state. */
export { handle, report } from "./totals-v3";

export function onRestore(): void {
  throw new Error("this version cannot restore");
}
