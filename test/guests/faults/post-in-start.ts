import { Metrics } from "./metrics";

export { act, add, attempt, look, tell, value } from "./granted";

export function start(): void {
  Metrics.tell("looked and found " + Metrics.look().toString());
}

export function onRestore(): void {
  Metrics.tell("restored");
}
