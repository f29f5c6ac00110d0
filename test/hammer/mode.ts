/** The modes of the hammer: where a plugin runs and is kept, what follows a trap, and whether its grants answer later. */

export interface Mode {
  readonly name: string;
  readonly store: "none" | "directory" | "later";
  /** A generation that trapped is followed by a fresh one. */
  readonly restart: boolean;
  /** The world answers later, and guests wait meanwhile: near, only in engines with JSPI. */
  readonly suspends: boolean;
  /** Guests run in threads of their own. */
  readonly worker: boolean;
  /** Swaps come from a source that changes. */
  readonly follow: boolean;
}

function mode(name: string, more: Partial<Omit<Mode, "name">> = {}): Mode {
  return { name, store: "none", restart: false, suspends: false, worker: false, follow: false, ...more };
}

export const MODES: readonly Mode[] = [
  mode("plain"),
  mode("restart", { restart: true }),
  mode("directory", { store: "directory" }),
  mode("directory-restart", { store: "directory", restart: true }),
  mode("later", { store: "later" }),
  mode("later-restart", { store: "later", restart: true }),
  mode("follow", { follow: true }),
  mode("suspended", { suspends: true }),
  mode("suspended-restart", { suspends: true, restart: true }),
  mode("suspended-directory", { suspends: true, store: "directory" }),
  mode("suspended-later", { suspends: true, store: "later" }),
  mode("suspended-later-restart", { suspends: true, store: "later", restart: true }),
  mode("suspended-follow", { suspends: true, follow: true }),
  mode("worker", { worker: true }),
  mode("worker-restart", { worker: true, restart: true }),
  mode("worker-directory-restart", { worker: true, store: "directory", restart: true }),
  mode("worker-later", { worker: true, store: "later" }),
  mode("worker-follow", { worker: true, follow: true }),
  mode("worker-waits-restart", { worker: true, suspends: true, restart: true }),
];

/** Those that this engine can do. */
export function possibleModes(): readonly Mode[] {
  return MODES.filter(({ suspends, worker }) => !suspends || worker || "Suspending" in WebAssembly);
}

/** Whether calls answer promises. */
export function answersLater({ suspends, worker, store }: Mode): boolean {
  return suspends || worker || store === "later";
}
