import { Metrics } from "./metrics";

export { act, add, attempt, look, tell, value } from "./granted";

export function start(): void {
  Metrics.act(1);
}
