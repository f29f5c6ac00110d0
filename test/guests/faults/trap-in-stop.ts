export { add, value } from "./kept";

export function stop(): void {
  throw new Error("stop broke");
}
