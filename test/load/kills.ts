/** Which failed calls the end of a killed process explains. It does not count on a quick machine. */
import { setImmediate as turn } from "node:timers/promises";
import type { Fabric } from "../../host/fabric/fabric.ts";
import type { Failure } from "./load.ts";

interface Kill {
  /** Before it was killed, and before the next one was. */
  readonly from: number;
  until: number;
  /** When it was gone, and the engine that joins it with its callers had the time to notice. */
  readonly gone: number;
}

/** Questions to the engine: it has noticed what came before them. */
const LOOKS = 3;

export class Kills {
  readonly #failures: readonly Failure[];
  readonly #fabric: Fabric | undefined;
  readonly #kills: Kill[] = [];

  /** @param failures to which more may come @param fabric that joins callers with what is killed, if there is one */
  constructor(failures: readonly Failure[], fabric?: Fabric) {
    this.#failures = failures;
    this.#fabric = fabric;
  }

  async by(kill: () => Promise<unknown>): Promise<void> {
    const from = performance.now();
    const last = this.#kills.at(-1);
    if (last) last.until = from;
    await kill();
    for (let i = 0; i < LOOKS; i++) await this.#fabric?.kv.get("none");
    await turn();
    await turn();
    this.#kills.push({ from, until: Number.POSITIVE_INFINITY, gone: performance.now() });
  }

  /** Failures of calls that were not under way at a kill, and those that say less than they could, in words. */
  unexplained(): string[] {
    const failures = this.#failures;
    const wrong = failures.filter((each) => !this.#kills.some((kill) => this.#explains(kill, each)));
    const vague = failures.filter(({ error }) => !error.message.includes("may have been called"));
    return [
      ...wrong.map((each) => `no kill explains ${this.#told(each)}`),
      ...vague.map((each) => `it is not said whether it was called: ${this.#told(each)}`),
    ];
  }

  #explains({ from, until, gone }: Kill, { sent, ended }: Failure): boolean {
    // A machine may tell a caller late that a connection broke off. From then on nothing is sent there.
    const broken = this.#failures.find(
      (each) => each.ended >= from && each.ended < until && each.error.code === "unavailable",
    );
    return ended >= from && sent <= Math.max(gone, broken?.ended ?? 0);
  }

  #told({ id, sent, ended, error }: Failure): string {
    const at = (moment: number) => this.#kills.map(({ gone }) => Math.round(moment - gone)).join(", ");
    return `call ${id}: sent ${at(sent)} and failed ${at(ended)} ms after a process was gone: ${error.message}`;
  }
}
