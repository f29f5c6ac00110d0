/** Pictures of a simulation: plain SVG, on a background of its own, so that it can be read anywhere. */
import type { KeyFindings } from "./keys.ts";
import type { ReleaseFindings } from "./releases.ts";
import type { Size } from "./world.ts";

const [WIDTH, HEIGHT] = [720, 300];
/** Room for the numbers at the axes, and for the title. */
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 20, 44, 48];
const COLOURS = ["#3b6fb6", "#c2571a", "#2f8f5b", "#8a4fa3", "#8c6d1f", "#5d6b7a"];

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly most: readonly [x: number, y: number];
  readonly lines: readonly Line[];
}

export function convergencePicture({ plans }: ReleaseFindings, { callers, nodes }: Size): string {
  const shown = plans.filter(({ took }) => took.length > 0);
  const most = Math.ceil(Math.max(...shown.map(({ took }) => took.at(-1)!)));
  return plot({
    title: `Callers that call by a new plan, of ${callers.toLocaleString("en")} (${nodes.toLocaleString("en")} nodes)`,
    x: "milliseconds since the plan was written",
    y: "percent",
    most: [most, 100],
    lines: shown.map(({ split, took, late }) => {
      const all = took.length + late.length;
      const every = Math.max(1, Math.floor(took.length / 100));
      const points = took.flatMap((ms, i) =>
        i % every === 0 || i === took.length - 1 ? [[ms, ((i + 1) / all) * 100] as const] : [],
      );
      return { name: split, points };
    }),
  });
}

export function spreadPicture({ byNode }: KeyFindings, { keys, nodes }: Size): string {
  const mean = keys / nodes;
  return plot({
    title: `Keys of each node: ${keys.toLocaleString("en")} keys on ${nodes.toLocaleString("en")} nodes`,
    x: "nodes, by their number of keys",
    y: "keys",
    most: [byNode.length - 1, Math.ceil(byNode.at(-1)! * 1.1)],
    lines: [
      { name: "keys", points: byNode.map((count, i) => [i, count] as const) },
      {
        name: `their mean, ${mean}`,
        points: [
          [0, mean],
          [byNode.length - 1, mean],
        ],
      },
    ],
  });
}

/** Keys that moved, in the time that it took. */
export function movedPicture({ curve }: KeyFindings, { live, nodes }: Size): string {
  const last = curve.at(-1) ?? [1, 1];
  const fair = live / (nodes + 1);
  return plot({
    title: `Keys of a node that comes as the ${(nodes + 1).toLocaleString("en")}th: ${live.toLocaleString("en")} instances in all`,
    x: "milliseconds since it was started",
    y: "keys",
    most: [last[0], Math.ceil(Math.max(last[1], fair) * 1.1)],
    lines: [
      { name: "keys that it has", points: curve },
      {
        name: `its part, ${Math.round(fair)}`,
        points: [
          [0, fair],
          [last[0], fair],
        ],
      },
    ],
  });
}

function plot({ title, x, y, most, lines }: Plot): string {
  const at = ([px, py]: readonly [number, number]) => {
    const [w, h] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
    return `${(LEFT + (px / (most[0] || 1)) * w).toFixed(1)},${(HEIGHT - BOTTOM - (py / (most[1] || 1)) * h).toFixed(1)}`;
  };
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const text = (px: number, py: number, said: string, more = "") =>
    `<text x="${px}" y="${py}" ${more}>${said}</text>`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 20, title, 'font-size="14" font-weight="600"'),
    ...ticks.flatMap((part) => {
      const [tx, ty] = [at([most[0] * part, 0]).split(",")[0]!, at([0, most[1] * part]).split(",")[1]!];
      return [
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${ty}" y2="${ty}" stroke="#ddd"/>`,
        text(LEFT - 8, Number(ty) + 4, number(most[1] * part), 'text-anchor="end"'),
        text(Number(tx), HEIGHT - BOTTOM + 18, number(most[0] * part), 'text-anchor="middle"'),
      ];
    }),
    text(WIDTH - RIGHT, HEIGHT - 10, x, 'text-anchor="end"'),
    text(LEFT, 36, y),
    ...lines.map(
      ({ points }, i) =>
        `<polyline points="${points.map(at).join(" ")}" fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2"/>`,
    ),
    ...lines.map(({ name }, i) =>
      text(
        WIDTH - RIGHT - 8,
        HEIGHT - BOTTOM - 12 - 16 * (lines.length - 1 - i),
        name,
        `text-anchor="end" fill="${COLOURS[i % COLOURS.length]}"`,
      ),
    ),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

const number = (value: number) => Number(value.toPrecision(3)).toLocaleString("en");
