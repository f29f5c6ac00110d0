/** Says so, and never answers. */
import { log } from "moult/guest";

export function spin(): void {
  log.info("spinning");
  while (true) {}
}
