/** What the page asks for, twice a second: how the plugin is, and what was counted. */

import type { VersionTally } from "../remote/served-measures.ts";
import type { Service } from "../remote/service.ts";
import type { RemoteStatus } from "../remote/transition-json.ts";

export interface Live extends RemoteStatus {
  /** Milliseconds since 1970, by the clock of the server: records have theirs from it. */
  readonly now: number;
  /** Counts since the server began; the page takes each from the next. */
  readonly versions: readonly VersionTally[];
  /** Changes with the history. */
  readonly latest: string;
}

export function liveOf({ plugin, ready, underWay, counted }: Service): Live {
  const records = plugin.history();
  const last = records.at(-1);
  return {
    plugin: plugin.name,
    ready,
    underWay,
    ...plugin.status,
    now: Date.now(),
    versions: counted.tallies,
    latest: `${records.length} ${last?.at ?? 0} ${last?.outcome ?? ""}`,
  };
}
