/** A worker that does what it is told, and says what came of it. */
import { type Verb, verbs } from "./verbs.ts";

addEventListener("message", ({ data: [verb, life] }: MessageEvent<[Verb, never]>) => {
  verbs[verb](life).then(
    (answer) => postMessage({ answer }),
    (error: Error) => postMessage({ error: String(error.message) }),
  );
});
