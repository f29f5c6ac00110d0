/** Granted: the plugins of a set that have begun, as those after them may call them. */
import type { Grant } from "../grant/capability.ts";
import type { Plugin } from "../plugin.ts";
import { type Member, manifestOf, pathOf } from "./member.ts";

export class Granted {
  readonly #begun: ReadonlyMap<Member, Plugin>;
  /** One grant of each plugin for all that call it at once, and one for all that wait. */
  readonly #grants = new Map<string, Promise<Grant>>();

  constructor(begun: ReadonlyMap<Member, Plugin>) {
    this.#begun = begun;
  }

  /**
   * Every plugin that a member may call, also those that only a later version of it will.
   * @param called those that serve its imports, which come first: others may have an interface of the same name
   */
  to({ entry: { uses = true, store } }: Member, called: ReadonlySet<Member>): Promise<Grant[]> {
    // Before the answer of an effect is given to a guest it is written to its store, and the guest waits.
    const waits = store !== undefined && !store.synchronous;
    const usable = [...this.#begun].filter(([member]) => {
      const { interface: own } = manifestOf(member);
      return own !== undefined && member.content.module.typed && mayUse(uses, own);
    });
    usable.sort(([a], [b]) => Number(called.has(b)) - Number(called.has(a)));
    return Promise.all(usable.map(([member, plugin]) => this.#grant(member, plugin, waits)));
  }

  #grant(member: Member, plugin: Plugin, waits: boolean): Promise<Grant> {
    const key = `${waits} ${plugin.name}`;
    const known = this.#grants.get(key);
    if (known) return known;
    const made = plugin.grant({ reads: member.entry.reads ?? [], ...(waits && { async: true }) });
    this.#grants.set(key, made);
    return made;
  }
}

/** Whether the option `uses` allows an interface, whatever its version where it names none. */
export function mayUse(uses: true | readonly string[], name: string): boolean {
  return uses === true || uses.some((each) => pathOf(each) === pathOf(name));
}
