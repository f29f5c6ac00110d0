/** The compiler, as the page has it: one thread, one order after the other. */
import type { Answer, Order } from "./worker.ts";

export interface Compiler {
  /** Compiles garden.ts as the code of a generation. */
  compile(source: string, generation: number): Promise<Answer>;
}

export function compiler(): Compiler {
  const worker = new Worker(new URL("./compiler.js", import.meta.url), { type: "module" });
  const waiting = new Map<number, { done(answer: Answer): void; failed(error: Error): void }>();
  let last = 0;
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    waiting.get(data.id)?.done(data);
    waiting.delete(data.id);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    for (const { failed } of waiting.values())
      failed(new Error(event.message || "the compiler did not load"));
    waiting.clear();
  };
  return {
    compile: (source, generation) =>
      new Promise((done, failed) => {
        const order: Order = { id: ++last, source, generation };
        waiting.set(order.id, { done, failed });
        worker.postMessage(order);
      }),
  };
}
