/** A page that does what it is told, itself or in a worker. */
import { type Verb, verbs } from "./verbs.ts";

let worker: Worker | undefined;

const told = {
  /** In a worker that is kept, or in a new one. */
  async inWorker(verb: Verb, life: never, isNew = true): Promise<unknown> {
    if (isNew) worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const own = worker!;
    return new Promise((resolve, reject) => {
      own.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data.answer));
      own.onerror = ({ message }) => reject(new Error(message));
      own.postMessage([verb, life]);
    });
  },
  inPage: (verb: Verb, life: never): Promise<unknown> => verbs[verb](life),
  end: () => worker?.terminate(),
};
Object.assign(window, { told });
