/** Providers and dependents: plugins that are granted to others, and those that call them. */
import type { Gate } from "../call/gate.ts";
import type { Build } from "../generation/generation.ts";

/** A plugin that is granted to others, as a dependent sees it. */
export interface Provider {
  /**
   * Adds a dependent.
   *
   * @returns a function that removes it
   * @throws PluginError `closed`; `broken-dependency` when a version that the provider may return to does not serve it
   */
  join(dependent: Dependent): () => void;
  /** @throws PluginError `broken-dependency` unless every version that may serve serves this build of the dependent */
  serves(build: Build, dependent: Dependent): void;
  /** Where it stands in the order of gates: above its own providers. */
  readonly rank: number;
}

/** A plugin that calls others, as its providers see it. */
export interface Dependent {
  readonly name: string;
  readonly gate: Gate;
  readonly closed: boolean;
  /** Unique among all plugins: orders the gates of those with the same rank. */
  readonly order: string;
  /** Above its providers. */
  readonly rank: number;
  /** The plugins that call it. */
  readonly providing: { readonly atOnce: readonly Dependent[] } | undefined;
  /** The versions that serve, will serve, or may serve again. */
  readonly builds: readonly Build[];
  /** The provider that serves an import, if any. @param name of the interface, with its version */
  providerOf(name: string): Provider | undefined;
}
