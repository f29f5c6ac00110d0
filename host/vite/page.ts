/** An imported plugin in the page during development. Runs in the browser. */
import type { LiveSource, Source, Transition } from "../mod.ts";

/** The part of `import.meta.hot` that is needed. */
export interface Hot {
  on(event: string, listener: (data: never) => void): void;
  send(event: string, data: unknown): void;
}

export interface Served {
  /** Identifies the entry to the server. */
  readonly key: string;
  /** The author's file, for messages. */
  readonly file: string;
  /** The path of the module on the server, relative to `from`. */
  readonly path: string;
  readonly from: string;
  /** The version that the importing module was sent with. */
  readonly version: string;
}

/**
 * @param hot missing where Vite has no channel to the server, as in workers: the source then never changes
 */
export function served({ key, file, path, from, version: first }: Served, hot?: Hot): LiveSource {
  const listeners = new Set<(source: Source) => void>();
  /** Versions that were read by callers that do not listen yet. */
  const given: string[] = [];
  let version = first;
  let refusal: string | undefined;
  /** Whether the overlay shows an error of this plugin. */
  let shown = false;

  const source = (): URL => new URL(`${path}?v=${version}`, from);
  const refused = (message: string): void => {
    refusal = message;
    console.error(`[moult] ${file}: ${message}`);
    hot?.send("moult:refused", { key, message });
  };

  hot?.on("vite:error", ({ err }: { err: { plugin?: string } }) => {
    shown = err.plugin === "moult";
  });
  hot?.on("moult:version", (told: { key: string; version: string }) => {
    if (told.key !== key) return;
    if (shown) hideOverlay();
    shown = false;
    if (told.version === version) {
      if (refusal !== undefined) refused(refusal);
      return;
    }
    version = told.version;
    refusal = undefined;
    for (const listener of listeners) listener(source());
  });
  hot?.send("moult:present", { key, version });

  return {
    current: async () => {
      given.push(version);
      return source();
    },
    // These are the author's own edits, and the page's grants bound them.
    approve(asked) {
      for (const { interface: name, functions } of asked)
        console.info(`[moult] ${file} asks now also for ${name} (${functions.join(", ")})`);
      return true;
    },
    subscribe(onChange) {
      listeners.add(onChange);
      // The version changed between the read and the subscription.
      if ((given.shift() ?? version) !== version) onChange(source());
      return () => void listeners.delete(onChange);
    },
    onRecord({ outcome, plugin, from, to, pause, cause }: Transition) {
      if (cause) {
        const what = `[${cause.code}] could not swap ${plugin} ${from.version}: ${cause.message}`;
        refused(`${what}; the version before serves on. Reload the page to begin anew with this one`);
      } else if (outcome === "swapped") {
        console.debug(`[moult] ${file}: swapped to ${to?.version}, calls waited ${pause.toFixed(1)} ms`);
      }
    },
  };
}

/** As Vite's own client does it; calling that could reload the page. */
function hideOverlay(): void {
  for (const overlay of document.querySelectorAll("vite-error-overlay")) {
    (overlay as Element & { close(): void }).close();
  }
}
