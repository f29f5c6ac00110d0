/** Threads in browsers: dedicated workers. */
import { turn } from "../awaitable.ts";

/** A thread, as its starter has it. */
export interface Thread {
  post(message: unknown): void;
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
  post(message: unknown): void;
  onMessage(listener: (data: unknown) => void): void;
}

/** Starts the thread of a guest. */
export function startThread({ message, ended }: ThreadEvents): Thread {
  const policy = new Policy();
  let worker: Worker | undefined;
  const over = () => {
    policy.end();
    if (worker) worker.onmessage = worker.onerror = worker.onmessageerror = null;
    worker?.terminate();
  };
  const gone = (error: unknown) => {
    over();
    ended(error);
  };
  try {
    // Bundlers know this form, and nothing else, for a file that has to come along.
    worker = new Worker(new URL("./guest-worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => {
      policy.end();
      message(data);
    };
    worker.onmessageerror = () => gone(new Error("a message of it could not be read"));
    worker.onerror = (event) => {
      event.preventDefault?.();
      gone(new Error(event.message || policy.why));
    };
  } catch (error) {
    // Not in the stack of the one that asks.
    void turn().then(() => gone(error));
  }
  return {
    post: (data) => worker?.postMessage(data),
    idle: () => {},
    end: async () => over(),
  };
}

/** Why a browser does not start a worker: its error says nothing, and a violation of the page's policy is told apart. */
class Policy {
  #violated: string | undefined;
  readonly #heard = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
    if (/^(worker|child|script)-src/.test(effectiveDirective) && /guest-worker/.test(blockedURI))
      this.#violated = effectiveDirective;
  };

  constructor() {
    globalThis.addEventListener?.("securitypolicyviolation", this.#heard);
  }

  get why(): string {
    const policy = "the Content Security Policy of the page does not allow it";
    if (this.#violated)
      return `${policy} (${this.#violated}); say worker-src 'self', or where moult comes from`;
    return "the browser did not load its file, guest-worker.js, which has to be served, and allowed, as the page is";
  }

  end(): void {
    globalThis.removeEventListener?.("securitypolicyviolation", this.#heard);
  }
}

/** What this thread has of its starter. */
export function starter(): Starter {
  const own = globalThis as unknown as Worker;
  return {
    post: (data) => own.postMessage(data),
    onMessage: (listener) => {
      own.onmessage = ({ data }) => listener(data);
    },
  };
}
