/** A large state that crosses beside what serves: an image of the incumbent becomes one of its successor. */
import { turn } from "../awaitable.ts";
import type { Generation, StateCopy } from "../generation/generation.ts";
import type { ToCross } from "../generation/near-options.ts";
import type { InstanceImage } from "../guest/adapter.ts";
import { atMost, type Lent, makeMemory } from "../guest/memory-pool.ts";

/** Bytes that are touched or copied at a time, in a millisecond or two. */
const SLICE = 2 ** 22;
/** Bytes of the smallest page that an engine gets from its system. */
const PAGE = 4_096;
const WASM_PAGE = 65_536;

/** Brings a state across, elsewhere. */
export interface Carrier {
  /** Memory for an image. @throws PluginError `no-memory` */
  room(bytes: number): Uint8Array<ArrayBuffer>;
  /** @param image of the incumbent, which nothing changes any more */
  carry(image: InstanceImage): Promise<Carried>;
  end(): void;
}

export interface Carried {
  /** Of the next version, with the state in it. */
  readonly image: InstanceImage;
  readonly stateBytes: number;
}

export class ImageCopy implements StateCopy {
  readonly #what: ToCross;
  readonly #carrier: Carrier;
  #image: InstanceImage | undefined;
  #room: Uint8Array<ArrayBuffer>;
  #carried: Carried | undefined;

  private constructor(what: ToCross, carrier: Carrier, room: Uint8Array<ArrayBuffer>) {
    this.#what = what;
    this.#carrier = carrier;
    this.#room = room;
  }

  /** @param carrier ended when this ends */
  static async of(what: ToCross, carrier: Carrier): Promise<ImageCopy> {
    const room = carrier.room(what.incumbent.pages() * WASM_PAGE);
    for (let at = 0; at < room.length; at += PAGE) {
      room[at] = 1;
      if (at % SLICE === 0) await turn();
    }
    return new ImageCopy(what, carrier, room);
  }

  get stateBytes(): number {
    return this.#carried?.stateBytes ?? 0;
  }

  take(): void {
    // It may have grown meanwhile.
    const { incumbent } = this.#what;
    const size = incumbent.pages() * WASM_PAGE;
    if (size !== this.#room.length) this.#room = this.#carrier.room(size);
    this.#image = incumbent.image(this.#room);
  }

  async cross(): Promise<void> {
    this.#carried = await this.#carrier.carry(this.#image!);
    this.#image = undefined;
    this.#room = new Uint8Array();
  }

  twin(): Promise<Generation> {
    return this.#become("looking");
  }

  successor(): Promise<Generation> {
    return this.#become("held");
  }

  end(): void {
    this.#carrier.end();
  }

  /** A generation that was started, and then becomes what is in the image. */
  async #become(mode: "looking" | "held"): Promise<Generation> {
    const { make } = this.#what;
    const { image } = this.#carried!;
    const pages = image.memory.length / WASM_PAGE;
    const made = make(mode, pages, await this.#lent(pages));
    try {
      made.start();
      for (const _ of made.instance.becoming(image, SLICE)) await turn();
      return made;
    } catch (error) {
      made.discard();
      throw error;
    }
  }

  /** A memory of zeros, if the version takes one. Its pages are touched one slice after the other. */
  async #lent(pages: number): Promise<Lent | undefined> {
    const { memories, to, options } = this.#what;
    const { memory: wanted } = to.manifest;
    if (!wanted) return undefined;
    const { initial, maximum } = atMost(wanted, options.limits?.pages);
    const least = Math.max(initial, pages);
    const lent = memories.reused(maximum, least) ?? {
      memory: makeMemory({ initial: least, maximum }, 0),
      maximum,
    };
    const bytes = new Uint8Array(lent.memory.buffer);
    for (let at = 0; at < bytes.length; at += SLICE) {
      bytes.fill(0, at, at + SLICE);
      await turn();
    }
    return lent;
  }
}
