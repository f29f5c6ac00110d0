export { add, value } from "./kept";

export function onRestore(): void {
  throw new Error("onRestore broke");
}
