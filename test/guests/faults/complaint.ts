import { counter } from "./kept";

export { add, value } from "./kept";

export function checkState(): string | null {
  return counter.value == 0 ? null : counter.value.toString() + " is too many";
}
