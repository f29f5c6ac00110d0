import { Metrics } from "./metrics";

export { act, add, attempt, look, tell, value } from "./granted";

export function start(): void {
  Metrics.tell("never to be read");
  throw new Error("start broke after a post");
}
