/** Threads in browsers: dedicated workers. */

/** A thread, as its starter has it. */
export interface Thread {
  /** @param moved is no longer the sender's */
  post(message: unknown, moved?: readonly ArrayBuffer[]): void;
  /** An idle thread does not keep a process alive. */
  idle(is: boolean): void;
  /** Ends it, whatever runs in it. */
  end(): Promise<void>;
}

export interface ThreadEvents {
  readonly message: (data: unknown) => void;
  /** It ended, or could not be started. Not called after `end`. */
  readonly ended: (error: unknown) => void;
  /** Bytes of JavaScript's heap that it may take, where the engine can bound that: the thread ends then. */
  readonly heap: number;
}

/** What a thread has of its starter. */
export interface Starter {
  post(message: unknown, moved?: readonly ArrayBuffer[]): void;
  onMessage(listener: (data: unknown) => void): void;
}

/** Starts the thread of a guest. */
export function startThread({ message, ended }: ThreadEvents): Thread {
  const worker = new Worker(new URL("./guest-thread.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => message(data);
  worker.onerror = (event) => {
    event.preventDefault?.();
    ended(new Error(event.message || "it could not be started"));
  };
  return {
    post: (data, moved = []) => worker.postMessage(data, [...moved]),
    idle: () => {},
    end: async () => {
      worker.onmessage = null;
      worker.onerror = null;
      worker.terminate();
    },
  };
}

/** What this thread has of its starter. */
export function starter(): Starter {
  const own = globalThis as unknown as Worker;
  return {
    post: (data, moved = []) => own.postMessage(data, [...moved]),
    onMessage: (listener) => {
      own.onmessage = ({ data }) => listener(data);
    },
  };
}
