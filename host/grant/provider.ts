/** Providers and dependents: plugins that are granted to others, and those that call them. */
import type { Gate } from "../call/gate.ts";
import type { InterfaceName } from "../contract/interface.ts";
import type { PluginError } from "../errors.ts";
import type { Build, Generation } from "../generation/generation.ts";

/** A plugin that is granted to others, as a dependent sees it. */
export interface Provider {
  /** What the lifecycle of a plugin that is granted it has from then on. */
  dependenciesOf(plugin: Dependable): Dependencies;
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

/** A grant, as far as its provider is concerned. */
interface Provided {
  readonly interface: InterfaceName;
  readonly provider?: Provider;
}

/** What the lifecycle of a plugin has, where it calls other plugins or is called by them. */
export interface Dependencies {
  /** The error of a close while other plugins call this one: `in-use`. */
  readonly inUse: PluginError | undefined;
  /** The plugin begins with these grants. @throws PluginError `closed`, `broken-dependency` */
  join(grants: readonly Provided[], first: Build): void;
  /** The first version serves. */
  begun(): void;
  /** The plugin was closed, or could not begin: nothing of it calls another any more. */
  leave(): void;
  /** Checks a version on its way to serve, in both directions. @throws PluginError `broken-dependency` */
  check(build: Build, successor?: Generation): void;
  /** As `Gate.quiet`, with no call inside of a dependent either that could not wait. */
  readonly quiet: Gate["quiet"];
  /** As `Gate.hold`, with the calls of such dependents. */
  hold(held: boolean): void;
}

/** What is done for the plugins that call one, from the first time that it is granted to others. */
export interface Providing extends Pick<Dependencies, "inUse" | "check" | "quiet" | "hold"> {
  /** Dependents whose calls of this plugin cannot wait. */
  readonly atOnce: readonly Dependent[];
  readonly rank: number;
}

/** A plugin that may have dependencies. */
export interface Dependable {
  readonly name: string;
  readonly gate: Gate;
  readonly closed: boolean;
  readonly surroundings: { readonly loadName: () => string };
  readonly serving?: { readonly current: Generation };
  readonly successor: Generation | undefined;
  readonly probation: { readonly incumbent: Generation } | undefined;
}
