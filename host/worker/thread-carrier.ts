/**
 * Brings a large state across in two threads, one of the version that serves and one of the next:
 *
 *     image -> become, save -> datum -> start, restore, compare, check -> image
 */
import { PluginError } from "../errors.ts";
import type { Candidate } from "../generation/generation.ts";
import type { NearOptions, ToCross } from "../generation/near-options.ts";
import type { InstanceImage } from "../guest/adapter.ts";
import { type Bulk, emptyBulk, imageOf, type SentImage, seen } from "./bulk.ts";
import { type Carried, type Carrier, ImageCopy } from "./image-copy.ts";
import { sharesMemory } from "./posted.ts";
import { hooked } from "./threaded-copies.ts";
import type { WorkerGeneration } from "./worker-generation.ts";
import { type WorkerBuild, WorkerMaker } from "./worker-maker.ts";

export class ThreadCarrier implements Carrier {
  readonly #maker: WorkerMaker;
  readonly #before: WorkerBuild;
  readonly #after: Candidate;
  readonly #what: ToCross;
  readonly #made: WorkerGeneration[] = [];

  private constructor(maker: WorkerMaker, what: ToCross) {
    this.#maker = maker;
    this.#what = what;
    this.#before = maker.of(what.from);
    const { number, way } = what;
    // Its thread starts now.
    this.#after = maker.of(what.to).candidate({ number, contracts: [], way });
  }

  /** Starts both threads. @returns nothing where there can be none */
  static async copy(what: ToCross): Promise<ImageCopy | undefined> {
    // What is posted is copied by the one who posts it, and that is what should not wait.
    if (!sharesMemory()) return undefined;
    const carrier = new ThreadCarrier(new WorkerMaker(what.surroundings, own(what.options)), what);
    try {
      carrier.#made.push(await carrier.#before.blank(what.number, 1));
      return await ImageCopy.of(what, carrier);
    } catch (error) {
      carrier.end();
      // Here no thread can be started; or the module waits for what a thread cannot.
      if (error instanceof PluginError && ["unavailable", "no-suspension"].includes(error.code))
        return undefined;
      throw error;
    }
  }

  room(bytes: number): Uint8Array<ArrayBuffer> {
    return seen(emptyBulk(bytes));
  }

  async carry({ memory, globals }: InstanceImage): Promise<Carried> {
    const [before] = this.#made;
    const become: SentImage = { memory: memory.buffer as Bulk, globals };
    const saving = "its save failed (on a copy)";
    const ordered = <T>(order: { readonly become: SentImage } | { readonly save: string }) =>
      hooked<T>(this.#what.from, before!.instance, { order, code: "failed-save", what: saving });
    await ordered({ become });
    const datum = await ordered<Bulk>({ save: saving });
    before!.discard();
    const after = (await this.#after.twin({ datum: seen(datum) })) as WorkerGeneration;
    this.#made.push(after);
    const image = await after.instance.order<SentImage>({ do: "image" });
    return { image: imageOf(image), stateBytes: datum.byteLength };
  }

  end(): void {
    for (const each of this.#made) each.discard();
    this.#maker.close();
  }
}

/** No thread is kept ready for this, and nothing crosses from there. */
function own(options: NearOptions): NearOptions {
  return { ...options, spare: false, crossing: undefined };
}
