import { add as count } from "./kept";
import { Metrics } from "./metrics";

export { value } from "./kept";

export function add(step: u32): u32 {
  return count(step);
}

export function look(): u32 {
  return Metrics.look();
}

export function act(step: u32): u32 {
  return count(Metrics.act(step));
}

export function tell(line: string): void {
  Metrics.tell(line);
}

export function attempt(step: u32): string {
  const answer = Metrics.attempt(step);
  return answer.isOk ? answer.value.toString() : "err: " + answer.error;
}
