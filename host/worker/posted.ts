/** Both ends where no memory is shared, as in a page that is not cross-origin isolated: the wire's messages are posted. */
import { turn } from "../awaitable.ts";
import { PluginError } from "../errors.ts";
import { Refusal } from "../generation/question.ts";
import { suspending } from "../grant/jspi.ts";
import type { Linkage } from "../grant/linkage.ts";
import { title } from "../module/info.ts";
import type { PluginModule } from "../module/module.ts";
import type { HostSide, Turns } from "./host-end.ts";
import { Kind, type Message, message } from "./wire.ts";

/** A message of the wire, with the units of fuel that the last entry took. */
export interface Posted {
  readonly said: Message;
  readonly fuel?: number | undefined;
}

/** What to do about it, for messages. */
export const ISOLATE =
  "serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";

/** Said once of each plugin, among its warnings. */
export const BY_MESSAGES = `its thread is reached by messages, which take longer, since there is no SharedArrayBuffer here; a page has it when it is cross-origin isolated: ${ISOLATE}`;

/** Whether threads and their hosts can share memory. */
export function sharesMemory(): boolean {
  return typeof SharedArrayBuffer !== "undefined";
}

/** The numbers of what a module imports that nobody waits for. @throws PluginError `no-suspension` where it has to wait, and cannot */
export function postsOf(module: PluginModule, { matches }: Linkage): readonly number[] {
  const asked = matches.flatMap(({ import: owner, functions }) =>
    functions.map(({ name, granted }) => ({ name: `${owner}#${name}`, posts: granted.kind === "post" })),
  );
  const waiting = asked.filter(({ posts }) => !posts).map(({ name }) => name);
  if (waiting.length > 0 && !suspending()) {
    const why = `it waits for ${waiting.join(", ")}, which a thread can without shared memory only where the engine can suspend it (WebAssembly.Suspending)`;
    const how = `${ISOLATE}; or leave out isolation, and say limits.fuel`;
    throw new PluginError("no-suspension", `could not load ${title(module)}: ${why}; ${how}`);
  }
  return asked.flatMap(({ posts }, id) => (posts ? [id] : []));
}

/** A message that can be posted: its bytes are no part of anything else. */
function posted({ kind, about, bytes }: Message, fuel?: number): Posted {
  return { said: message(kind, about, bytes.slice()), fuel };
}

/** Bytes and number of what a guest may tell before the thread has said anything else. */
const [MOST_BYTES, MOST] = [2 ** 24, 10_000];

/** The thread's end. It cannot wait: what asks through it is suspended. */
export class PostedGuestEnd {
  readonly #post: (said: Posted) => void;
  readonly #next: () => Promise<Posted>;
  #told = 0;
  #bytes = 0;

  /** @param next answers what the host posts next, once it is there */
  constructor(post: (said: Posted) => void, next: () => Promise<Posted>) {
    this.#post = post;
    this.#next = next;
  }

  async receive(): Promise<Message> {
    return (await this.#next()).said;
  }

  /** @param fuel units that the last entry took */
  send(said: Message, fuel?: number): void {
    this.#told = this.#bytes = 0;
    this.#post(posted(said, fuel));
  }

  /** Sends what is not answered. @throws Refusal for more than a host may be made to hold */
  tell(about: number, bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (++this.#told > MOST || this.#bytes > MOST_BYTES) {
      const found = `${this.#told} posts with ${this.#bytes} bytes in one go`;
      throw new Refusal(
        `found ${found}, wanted at most ${MOST} with ${MOST_BYTES}: its thread shares no memory`,
      );
    }
    this.#post(posted(message(Kind.tell, about, bytes)));
  }
}

interface Waiting {
  readonly resolve: (heard: Message) => void;
  readonly reject: (error: unknown) => void;
}

/** The host's end. */
export class PostedHostEnd implements HostSide {
  fuelUsed: number | undefined;
  readonly #post: (said: Posted) => void;
  readonly #turns: Turns;
  #waiting: Waiting | undefined;
  #ended: { readonly error: unknown } | undefined;

  constructor(post: (said: Posted) => void, turns: Turns) {
    this.#post = post;
    this.#turns = turns;
  }

  async exchange(said: Message): Promise<Message> {
    if (this.#ended) throw this.#ended.error;
    this.#post(posted(said));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#turns.begin();
    });
  }

  /** The thread's message has come. */
  heard({ said, fuel }: Posted): void {
    this.fuelUsed = fuel;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#turns.end();
    waiting?.resolve(said);
  }

  look(): void {}

  overdue(late: () => void): void {
    const waiting = this.#waiting;
    // This thread may have been busy, and what it waits for be the next that it hears.
    const still = async () => {
      await turn();
      await turn();
      if (waiting && this.#waiting === waiting) late();
    };
    void still();
  }

  end(error: unknown): void {
    this.#ended ??= { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#turns.end();
    waiting?.reject(error);
  }
}
