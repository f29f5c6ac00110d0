/** The compiler, as the page has it: one thread, one order after the other. */
import type { Answer, Order } from "./worker.ts";

export interface Compiler {
  /** Compiles garden.ts as the code of a generation. */
  compile(source: string, generation: number): Promise<Answer>;
}

export function compiler(): Compiler {
  const worker = new Worker(new URL("./compiler.js", import.meta.url), { type: "module" });
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  let begin = () => {};
  const ready = new Promise<void>((done) => {
    begin = done;
  });
  worker.onmessage = ({ data }: MessageEvent<Answer | "ready">) => {
    if (data === "ready") {
      begin();
      return;
    }
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const message = event.message || "the compiler could not be loaded";
    for (const [id, done] of waiting) done({ id, faults: [{ message }], time: 0 });
    waiting.clear();
  };
  return {
    compile: (source, generation) =>
      new Promise((done) => {
        const order: Order = { id: ++last, source, generation };
        waiting.set(order.id, done);
        void ready.then(() => worker.postMessage(order));
      }),
  };
}
