/** What a simulation came to, in figures that hold or do not. */
import type { KeyFindings } from "./keys.ts";
import type { ReleaseFindings } from "./releases.ts";
import { type Size, WAY } from "./world.ts";

/** One promise of `docs/scale.md`, and what was found. */
export interface Figure {
  readonly promise: string;
  readonly found: string;
  readonly holds: boolean;
}

/** A plan is told in one way, and the version that it names is asked for by two more. */
export const CONVERGENCE = 3 * WAY.most + 1;

/** How much more than its part a node may have, where keys fall to nodes by chance: five deviations. */
export function spreadBound({ nodes, keys }: Pick<Size, "nodes" | "keys">): number {
  return 1 + 5 * Math.sqrt(nodes / keys);
}

export function releaseFigures(found: ReleaseFindings, { callers }: Size): Figure[] {
  const took = found.plans.map(({ took: all }) => all.at(-1) ?? 0);
  const late = found.plans.map(({ late: all }) => all.at(-1) ?? 0);
  const known = found.plans.slice(1).map(({ took: a, late: b }) => a.length + b.length);
  const failed = Object.values(found.failed).reduce((sum, each) => sum + each, 0);
  const perWrite = (found.still.told + found.still.reads) / found.still.writes;
  return [
    figure("the rollout ends as it should", found.phase, found.phase === "promoted"),
    figure(
      `every plan is at every caller after ${CONVERGENCE} ms`,
      `${Math.max(...took)} ms; ${Math.max(...late)} ms after a caller was joined again`,
      Math.max(...took, ...late) <= CONVERGENCE && known.every((each) => each === callers),
    ),
    figure("a share that grows moves nobody back", `${found.movedBack} keys`, found.movedBack === 0),
    figure("racing controllers make each step once", `${found.stepsTwice} twice`, found.stepsTwice === 0),
    figure(
      "calls fail where their node froze or was killed, and nowhere else",
      `${failed} of ${found.calls}`,
      failed <= found.calls / 50,
    ),
    figure("what is told of reports grows with them", `${perWrite.toFixed(2)} for each`, perWrite < 2),
    figure("what those who are gone left behind is deleted", `${found.left} left`, found.left === 0),
  ];
}

export function keyFigures(found: KeyFindings, size: Size): Figure[] {
  const mean = size.keys / size.nodes;
  const most = (found.byNode.at(-1) ?? 0) / mean;
  const bound = spreadBound(size);
  return [
    figure(
      `no node has more than ${bound.toFixed(2)} times its part of the keys`,
      `${most.toFixed(2)} times`,
      most <= bound,
    ),
    ...found.moved.map(({ what, nodes, keys, live, others, took }) => {
      const part = keys / size.keys;
      const fair = 1 / (what.includes("comes") ? nodes : nodes + 1);
      return figure(
        `${what}: its own keys move, about 1/n, and no others`,
        `${keys} (${(part / fair).toFixed(2)}/n), ${others} others; ${live} instances in ${Math.round(took)} ms`,
        others === 0 && part <= fair * bound,
      );
    }),
    figure("an instance is on the node of its key", `${found.misplaced} elsewhere`, found.misplaced === 0),
    figure("what was acknowledged is there, once", `${found.wrong.length} wrong`, found.wrong.length === 0),
    figure(
      "a key has one owner whose writes count",
      `${found.unfenced.length} others wrote`,
      found.unfenced.length === 0,
    ),
    figure("a node that comes or is back says so once", found.said.toFixed(2), found.said < 1.5),
    figure(
      "a node sends as much whatever the number of others",
      `${((found.still.writes + found.still.reads + found.still.told) / size.nodes).toFixed(2)} a second`,
      found.still.writes + found.still.reads + found.still.told <= 5 * (size.nodes + 4),
    ),
  ];
}

const figure = (promise: string, found: string, holds: boolean): Figure => ({ promise, found, holds });

/** As a table for people. */
export function figuresText(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ promise }) => promise.length));
  return figures
    .map(({ promise, found, holds }) => `${holds ? "✓" : "✗"} ${promise.padEnd(width)}  ${found}\n`)
    .join("");
}
