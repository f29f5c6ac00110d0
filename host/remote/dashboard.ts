/** A page beside a served plugin, which shows it. What it is made of lies in `moult/dashboard`. */
import type { Service } from "./service.ts";
import type { Site } from "./site.ts";

export interface Dashboard {
  /** Whether who comes from this machine without a token may look; nobody changes anything without one. */
  readonly open: boolean;
  /** The same site, with the page. */
  beside(site: Site, service: Service): Site;
}
