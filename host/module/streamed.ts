/** Compiling a module while its bytes are still on their way. */
import type { WasmModule } from "../../abi/wasm/js-api.ts";

/** What chunks are given to as they come. */
export interface Streamed {
  add(chunk: Uint8Array): void;
  /** No more will come. @returns the module; a rejection of it is no unhandled one */
  end(): Promise<WasmModule>;
  /** The rest will not come. */
  drop(why: unknown): void;
}

/** The type is ours to say: servers that know nothing of `application/wasm` are many. */
const TYPE = { headers: { "content-type": "application/wasm" } };

export function streamed(): Streamed {
  let own!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      own = controller;
    },
  });
  const module = WebAssembly.compileStreaming(new Response(body, TYPE));
  // Whoever compiles the whole says why it cannot be.
  module.catch(() => {});
  return {
    // What the engine was given is the engine's: the bytes stay ours.
    add: (chunk) => own.enqueue(chunk.slice()),
    end() {
      own.close();
      return module;
    },
    drop: (why) => own.error(why),
  };
}
