import { log, random } from "moult/guest";
import { Metrics } from "./metrics";

export { add, value } from "./kept";

export function look(): u32 {
  log.info("looking");
  return Metrics.look() + <u32>random.u64();
}
