export { add, value } from "./kept";

export function checkState(): string | null {
  throw new Error("checkState broke");
}
