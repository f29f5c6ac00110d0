/** A watch over HTTP: it asks again and again for what it does not know, and a hub answers when there is something. */
import { PluginError } from "../errors.ts";
import { after } from "../timer.ts";
import type { Change } from "./fabric.ts";
import type { HubLine } from "./hub-line.ts";
import { pageOf, readable } from "./hub-protocol.ts";
import type { Page } from "./memory-key-value.ts";
import { Told } from "./told.ts";

export interface Polled {
  readonly of: "values" | "nodes";
  readonly prefix: string;
  /** Milliseconds for which what a new life does not know yet still counts. @default 0 */
  readonly grace?: number;
}

/** Milliseconds that a hub may wait for a change. */
const WAIT = 20_000;
/** Milliseconds that its answer may take beside that. */
const BESIDES = 5_000;
/** Milliseconds until a hub that is gone is asked again. */
const AGAIN = 250;
/** Bytes of an answer: of a page, or one change. */
const MOST = 2 ** 25;

export class Poll {
  readonly #line: HubLine;
  readonly #told: Told;
  readonly #polled: Polled;
  readonly #ending = new AbortController();
  /** The keys that are there, as far as this life of the hub says. */
  #there = new Set<string>();
  #life = "";
  #revision = 0;
  /** Whether a whole is being told. */
  #isWhole = false;
  /** A refresh that is under way, and the one after it. */
  #asking: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #clear = () => {};

  constructor(line: HubLine, polled: Polled, listener: (change: Change) => void) {
    this.#line = line;
    this.#polled = polled;
    this.#told = new Told(listener);
  }

  /** @returns resolves when it has told of what is there @throws PluginError as `HubLine.ask` */
  async begin(): Promise<void> {
    await this.refresh();
    void this.#follow();
  }

  /** Tells of all that there is to tell now. All who ask while one answer is awaited share the next. */
  refresh(): Promise<void> {
    if (!this.#asking) return this.#refresh();
    this.#next ??= this.#asking
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#refresh();
      });
    return this.#next;
  }

  stop(): void {
    this.#told.stop();
    this.#clear();
    this.#ending.abort(new Error("the watch was stopped"));
  }

  #refresh(): Promise<void> {
    const own = this.#askAll().finally(() => {
      if (this.#asking === own) this.#asking = undefined;
    });
    this.#asking = own;
    return own;
  }

  async #askAll(): Promise<void> {
    while (await this.#ask(0));
  }

  async #follow(): Promise<void> {
    while (!this.#told.stopped && !this.#line.closed) {
      try {
        await this.#ask(WAIT);
      } catch {
        if (this.#told.stopped || this.#line.closed) return;
        // What is known is gone on with, until it answers again.
        await new Promise<void>((resolve) => void after(AGAIN, resolve, { name: "again", unref: true }));
      }
    }
  }

  /** @returns whether there is more at once */
  async #ask(wait: number): Promise<boolean> {
    const [life, revision] = [this.#life, this.#revision];
    const page = await this.#page({ life, revision, wait });
    // Another request has told of it meanwhile.
    if (life !== this.#life || revision !== this.#revision) return true;
    this.#take(page);
    return page.more;
  }

  async #page(asked: {
    readonly life: string;
    readonly revision: number;
    readonly wait: number;
  }): Promise<Page> {
    const { of, prefix } = this.#polled;
    const { life, revision, wait } = asked;
    const query = new URLSearchParams({ of, prefix, life, revision: `${revision}`, wait: `${wait}` });
    const could = "could not watch";
    const { body } = await this.#line.ask(could, {
      method: "GET",
      path: `watch?${query}`,
      most: MOST,
      timeout: wait + BESIDES,
      signal: this.#ending.signal,
    });
    const page = readable(could, () => pageOf(body));
    if (page.more && page.revision <= revision && !page.whole)
      throw new PluginError("bad-peer", `${could}: its hub tells the same again`);
    return page;
  }

  #take({ life, revision, whole, more, changes }: Page): void {
    const isFirst = this.#life === "";
    if (whole) {
      this.#isWhole = true;
      this.#there = new Set();
      if (life !== this.#life) this.#told.restart();
    }
    this.#life = life;
    this.#revision = revision;
    for (const change of changes) {
      if ("value" in change) this.#there.add(change.key);
      else this.#there.delete(change.key);
      this.#told.tell(change);
    }
    if (this.#isWhole && !more) {
      this.#isWhole = false;
      this.#settle(isFirst ? 0 : (this.#polled.grace ?? 0));
    }
  }

  #settle(grace: number): void {
    this.#clear();
    const settle = () => this.#told.settle(this.#there, this.#revision);
    if (grace === 0) settle();
    else this.#clear = after(grace, settle, { name: "grace", unref: true });
  }
}
