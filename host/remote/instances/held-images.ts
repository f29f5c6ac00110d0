/** Images of instances that a server holds for their plugins, each by a name that nobody can guess. */
import { PluginError } from "../../errors.ts";
import { randomName } from "../../random-name.ts";
import type { SentImage } from "../../worker/bulk.ts";

interface Held {
  readonly image: SentImage;
  /** The instance that it was taken of. */
  readonly owner: object;
}

export class HeldImages {
  readonly #most: number;
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  /** @param most bytes of images that are held */
  constructor(most: number) {
    this.#most = most;
  }

  /** @throws PluginError `queue-full` */
  hold(image: SentImage, owner: object): string {
    const { byteLength } = image.memory;
    if (this.#bytes + byteLength > this.#most) {
      const why = `${this.#bytes} bytes of images are held, and at most ${this.#most} may be (maxImageBytes)`;
      throw new PluginError("queue-full", `could not hold an image of ${byteLength} bytes: ${why}`);
    }
    const name = randomName();
    this.#held.set(name, { image, owner });
    this.#bytes += byteLength;
    return name;
  }

  get(name: string): SentImage | undefined {
    return this.#held.get(name)?.image;
  }

  drop(name: string): void {
    const held = this.#held.get(name);
    if (!held) return;
    this.#held.delete(name);
    this.#bytes -= held.image.memory.byteLength;
  }

  /** Drops all that were taken of an instance. */
  dropOf(owner: object): void {
    for (const [name, held] of this.#held) if (held.owner === owner) this.drop(name);
  }
}
