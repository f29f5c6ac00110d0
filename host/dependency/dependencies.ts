/** Dependencies of one plugin: the plugins that it calls, and those that call it. */
import type { Gate } from "../call/gate.ts";
import { parseInterface, serves } from "../contract/interface.ts";
import type { PluginError } from "../errors.ts";
import type { Build, Generation } from "../generation/generation.ts";
import type { Grant } from "../grant/capability.ts";
import type { Dependable, Dependent, Provider, Providing, Dependencies as Shape } from "../grant/provider.ts";

export class Dependencies implements Dependent, Shape {
  providing: Providing | undefined;
  readonly #plugin: Dependable;
  #grants: readonly Grant[] = [];
  #providers: readonly Provider[] = [];
  #leave: readonly (() => void)[] = [];
  /** The first version, until it serves. */
  #first: Build | undefined;

  constructor(plugin: Dependable) {
    this.#plugin = plugin;
  }

  get name(): string {
    return this.#plugin.name;
  }

  get gate(): Gate {
    return this.#plugin.gate;
  }

  get closed(): boolean {
    return this.#plugin.closed;
  }

  get order(): string {
    return this.#plugin.surroundings.loadName();
  }

  get rank(): number {
    return Math.max(0, ...this.#providers.map(({ rank }) => rank + 1));
  }

  get builds(): readonly Build[] {
    const { serving, successor, probation } = this.#plugin;
    const live = [serving?.current, successor, probation?.incumbent].flatMap((each) => each?.build ?? []);
    return this.#first ? [this.#first, ...live] : live;
  }

  providerOf(name: string): Provider | undefined {
    const wanted = parseInterface(name, "a manifest");
    return this.#grants.find((each) => serves(each.interface, wanted))?.provider;
  }

  get inUse(): PluginError | undefined {
    return this.providing?.inUse;
  }

  /**
   * The plugin begins with these grants; its first version is `first`.
   * @throws PluginError `closed`, `broken-dependency`
   */
  join(grants: readonly Grant[], first: Build): void {
    this.#grants = grants;
    this.#providers = [...new Set(grants.flatMap(({ provider }) => provider ?? []))];
    this.#first = first;
    const leave: (() => void)[] = [];
    this.#leave = leave;
    for (const each of this.#providers) leave.push(each.join(this));
  }

  /** The first version serves. */
  begun(): void {
    this.#first = undefined;
  }

  /** The plugin was closed, or could not begin: nothing of it calls another any more. */
  leave(): void {
    for (const each of this.#leave) each();
    this.#leave = [];
  }

  /**
   * Checks a version on its way to serve, in both directions.
   * @throws PluginError `broken-dependency`
   */
  check(build: Build, successor?: Generation): void {
    this.providing?.check(build, successor);
    for (const each of this.#providers) each.serves(build, this);
  }

  /** As `Gate.quiet`, with the gates of dependents in it. */
  readonly quiet: Gate["quiet"] = (work, drain, signal) =>
    this.providing ? this.providing.quiet(work, drain, signal) : this.gate.quiet(work, drain, signal);

  hold(held: boolean): void {
    this.gate.hold(held);
    this.providing?.hold(held);
  }
}
