export { add, value } from "./kept";

export function start(): void {
  throw new Error("start broke");
}
