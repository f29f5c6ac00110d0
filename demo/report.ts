/** The report of the demo, and whether each of its totals agrees with the plain count. */
import type { Story } from "./story.ts";

export interface Report {
  readonly lines: number;
  readonly malformed: number;
  readonly clients: number;
  readonly status: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly topPaths: readonly (readonly [path: string, count: number])[];
  /** The first lines from which the later totals count. */
  readonly since: { readonly bytes: number; readonly topPaths: number };
  readonly generations: readonly unknown[];
  readonly refused: readonly unknown[];
  readonly rolledBack: readonly unknown[];
  readonly lost: number;
  readonly pausesMs: readonly number[];
}

export async function reportOf(story: Story): Promise<Report> {
  const said = await story.report();
  const { wideSince, generations, refused, rolledBack, pausesMs } = story;
  return {
    lines: Number(said.lines),
    malformed: Number(said.malformed),
    clients: said.clients,
    status: statusOf(said.status),
    bytes: Number(said.bytes),
    topPaths: said.topPaths.map(({ path, count }) => [path, Number(count)] as const),
    since: { bytes: wideSince, topPaths: wideSince },
    generations,
    refused,
    rolledBack,
    lost: story.line - Number(said.lines),
    pausesMs: pausesMs.map((pause) => Math.round(pause * 1000) / 1000),
  };
}

/** The disagreements between the plugin and the plain count, in words; empty when there are none. */
export function differences(report: Report, { plain }: Story): string[] {
  const wanted: Partial<Report> = {
    lines: plain.lines,
    malformed: plain.malformed,
    clients: plain.clients.size,
    status: statusOf(plain.status),
    bytes: plain.bytes,
    topPaths: plain.topPaths(),
    lost: 0,
  };
  return Object.entries(wanted).flatMap(([name, value]) => {
    const [found, counted] = [JSON.stringify(report[name as keyof Report]), JSON.stringify(value)];
    return found === counted ? [] : [`${name}: the plugin says ${found}, the plain count ${counted}`];
  });
}

function statusOf(counts: ReadonlyMap<number, number | bigint>): Record<string, number> {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return Object.fromEntries(sorted.map(([code, count]) => [String(code), Number(count)]));
}
