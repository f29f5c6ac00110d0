/** A large state that crosses beside what serves: an image of the incumbent becomes one of its successor. */
import { turn } from "../awaitable.ts";
import type { Instance, InstanceImage } from "../guest/adapter.ts";
import type { Generation, StateCopy } from "./generation.ts";
import type { Carried, Carrier } from "./near-maker.ts";

/** Bytes that are touched at a time. */
const SLICE = 2 ** 22;
/** Bytes of the smallest page that an engine gets from its system. */
const PAGE = 4_096;

type Make = (mode: "looking" | "held", image: InstanceImage) => Promise<Generation>;

export class ImageCopy implements StateCopy {
  readonly #incumbent: Instance;
  readonly #carrier: Carrier;
  readonly #make: Make;
  #image: InstanceImage | undefined;
  #room: Uint8Array<ArrayBuffer>;
  #carried: Carried | undefined;

  private constructor(incumbent: Instance, carrier: Carrier, make: Make, room: Uint8Array<ArrayBuffer>) {
    this.#incumbent = incumbent;
    this.#carrier = carrier;
    this.#make = make;
    this.#room = room;
  }

  /** @param carrier ended when this ends */
  static async of(incumbent: Instance, carrier: Carrier, make: Make): Promise<ImageCopy> {
    const room = carrier.room(incumbent.pages() * 65_536);
    for (let at = 0; at < room.length; at += PAGE) {
      room[at] = 1;
      if (at % SLICE === 0) await turn();
    }
    return new ImageCopy(incumbent, carrier, make, room);
  }

  get stateBytes(): number {
    return this.#carried?.stateBytes ?? 0;
  }

  take(): void {
    // It may have grown meanwhile.
    const size = this.#incumbent.pages() * 65_536;
    if (size !== this.#room.length) this.#room = this.#carrier.room(size);
    this.#image = this.#incumbent.image(this.#room);
  }

  async cross(): Promise<void> {
    this.#carried = await this.#carrier.carry(this.#image!);
    this.#image = undefined;
    this.#room = new Uint8Array();
  }

  twin(): Promise<Generation> {
    return this.#make("looking", this.#carried!.image);
  }

  successor(): Promise<Generation> {
    return this.#make("held", this.#carried!.image);
  }

  end(): void {
    this.#carrier.end();
  }
}
