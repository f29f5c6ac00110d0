/** The load beside the server, as the server's thread sees it. */
import { Worker } from "node:worker_threads";

export interface Order {
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
}

/** What came of requests since the batch before. */
export interface Batch {
  /** Of those that were answered well: milliseconds from when they were due. */
  readonly times: Float64Array;
  readonly failed: number;
  /** The first failure, in words. */
  readonly why: string | undefined;
  readonly ended: boolean;
}

export class Load {
  readonly #thread: Worker;
  readonly #ended: Promise<void>;

  private constructor(order: Order, onBatch: (batch: Batch) => void) {
    this.#thread = new Worker(new URL("./client.js", import.meta.url), { workerData: order });
    this.#ended = new Promise((resolve, reject) => {
      this.#thread.once("error", reject).on("message", (batch: Batch) => {
        onBatch(batch);
        if (batch.ended) resolve();
      });
    });
  }

  /** Resolves when the thread begins to send. @param onBatch called from then on */
  static begin(order: Order, onBatch: (batch: Batch) => void): Promise<Load> {
    return new Promise((resolve, reject) => {
      let begun = false;
      const load: Load = new Load(order, (batch) => {
        // The first one is empty.
        if (begun) onBatch(batch);
        begun = true;
        resolve(load);
      });
      load.#ended.catch(reject);
    });
  }

  /** Sends no more, and waits for what is under way. */
  async end(): Promise<void> {
    this.#thread.postMessage("end");
    await this.#ended;
    await this.#thread.terminate();
  }
}
