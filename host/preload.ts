/** Preloading: for programs that cannot, or must not, load code later. */
import { RECOVERY } from "./assemble.ts";
import { GIVEN } from "./begin.ts";
import { RECORDING } from "./generation/near-maker.ts";
import { LINKS } from "./grant/lazy-link.ts";
import { STATEFUL } from "./guest/v1/instance.ts";
import { ISOLATION, POOLING } from "./isolation.ts";
import { ASSEMBLY } from "./load.ts";
import { LIMITING } from "./module/compile.ts";
import { REDIRECTS, STREAMED } from "./module/read.ts";
import { TRUST } from "./module/source.ts";
import { PROVIDING } from "./plugin.ts";
import { UNDERTAKINGS } from "./swap/lazy-undertakings.ts";
import { SNAPSHOTS } from "./swap/snapshot.ts";

/**
 * Loads the parts of this library now that are otherwise loaded when they are first needed: with the first
 * swap, the first store, the first module with state and so on. For a page that may be without a network
 * later.
 *
 * @throws PluginError `unavailable`
 */
export async function preload(): Promise<void> {
  const parts = [
    ASSEMBLY,
    ISOLATION,
    POOLING,
    LIMITING,
    REDIRECTS,
    STREAMED,
    TRUST,
    LINKS,
    STATEFUL,
    RECORDING,
    GIVEN,
    SNAPSHOTS,
    PROVIDING,
    UNDERTAKINGS,
    RECOVERY,
  ];
  await Promise.all(
    parts.map((part: { load(could: string): Promise<unknown> }) => part.load("could not preload moult")),
  );
}
