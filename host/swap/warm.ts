/** Warming: calls of a twin, until the engine has compiled what the successor will run. Their modules, and so their code, are one. */
import type { Awaitable } from "../awaitable.ts";

/** Rounds after which engines have compiled what is worth it; most need ten. */
const ROUNDS = 32;
/** Milliseconds that all of them may take. */
const TIME = 100;

/** Makes the calls again and again. Between two rounds everybody else has a turn: the incumbent serves meanwhile. */
export async function warmUp(round: () => Awaitable<unknown>, signal: AbortSignal): Promise<void> {
  const end = performance.now() + TIME;
  for (let i = 0; i < ROUNDS && performance.now() < end && !signal.aborted; i++) {
    await round();
    await new Promise((resolve) => setTimeout(resolve));
  }
}
