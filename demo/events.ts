/** The events of the demo for programs: a line of JSON each, with its milliseconds from the start. */
import { printable } from "./screen.ts";
import type { Watcher } from "./story.ts";

export function events(out: NodeJS.WriteStream): Watcher {
  const began = performance.now();
  const tell = (what: object) => {
    const ms = Math.round((performance.now() - began) * 1000) / 1000;
    out.write(`${JSON.stringify({ ms, ...what })}\n`);
  };
  return {
    progress: ({ line, plugin: { generation, version } }) => tell({ line, generation, version }),
    event: (text, kind) => tell({ kind, text: printable(text) }),
  };
}
