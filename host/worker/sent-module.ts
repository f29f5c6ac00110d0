/** A module as what runs its instances gets it. */
import type { PluginModule } from "../module/module.ts";
import type { SentModule } from "./orders.ts";

/** @param maxValueBytes bytes that the values of one call may take */
export function sentModule({ code, metering, from }: PluginModule, maxValueBytes: number): SentModule {
  const [fill, left] = metering?.exports ?? [];
  const own = metering && { fill: fill!, left: left!, fuel: metering.fuel };
  return { code, metering: own, from, maxValueBytes };
}
