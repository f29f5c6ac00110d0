/** The nodes that a hub knows of: each says again and again that it is there, and is forgotten when it does not. */
import { PluginError } from "../errors.ts";
import { after, now } from "../timer.ts";
import { Entries } from "./entries.ts";
import { EVERY, MISSED, type NodeSaid } from "./hub-protocol.ts";
import { MemoryKeyValue } from "./memory-key-value.ts";

/** Nodes, at most. */
const NODES = 10_000;
/** Bytes of what one says of itself, and of what all do. */
const BYTES = 2 ** 23;
const ALL = 2 ** 27;

export class Roll {
  /** What each says of itself, as JSON, by its name. */
  readonly nodes = new MemoryKeyValue(new Entries(), { maxMessageBytes: BYTES, maxBytes: ALL });
  readonly #heard = new Map<string, { readonly said: string; at: number }>();
  #clear = () => {};

  constructor() {
    this.#look();
  }

  /** Takes what a node says of itself. One that serves nothing is no longer there. */
  async say({ node, url, subjects }: NodeSaid): Promise<void> {
    const said = JSON.stringify({ node, url, subjects });
    const before = this.#heard.get(node);
    if (subjects.length === 0) {
      await this.#forget(node);
    } else if (before?.said === said) {
      before.at = now();
    } else {
      if (!before && this.#heard.size >= NODES)
        throw new PluginError("queue-full", `could not take a node: there are ${NODES} already`);
      await this.nodes.put(node, new TextEncoder().encode(said));
      this.#heard.set(node, { said, at: now() });
    }
  }

  close(): void {
    this.#clear();
    this.nodes.close();
  }

  #look(): void {
    for (const [node, { at }] of this.#heard) if (now() - at > EVERY * MISSED) void this.#forget(node);
    this.#clear = after(EVERY / 2, () => this.#look(), { name: "look", unref: true });
  }

  async #forget(node: string): Promise<void> {
    if (this.#heard.delete(node)) await this.nodes.delete(node);
  }
}
