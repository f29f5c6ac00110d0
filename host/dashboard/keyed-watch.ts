/** The nodes that have keys of one plugin, as they report: their keys over the time, how those move, and their calls. */
import { type KeyedNode, measuredOf } from "../keyed/mod.ts";
import { Measures, type Tally } from "../remote/measures.ts";
import type { KeyedLine, KeysFrom } from "./board.ts";
import { Timeline } from "./timeline.ts";

/** Intervals after which one that was not heard of counts as gone. */
const MISSED = 3;
/** Milliseconds for which one that has left is told of, and changes of its keys are kept. */
const KEPT = 90_000;
/** Milliseconds that the figures of its calls are of. */
const RECENT = 10_000;
/** Nodes that are told of, and those of them whose keys are told over the time. */
const [SHOWN, DRAWN] = [100, 8];
/** Nodes that are told apart: what others report is bounded here. */
const MOST = 10_000;

interface Heard {
  readonly report: KeyedNode;
  /** By our own clock. */
  readonly at: number;
  readonly left: boolean;
  /** Changes of what it has, the oldest first. */
  readonly keys: readonly KeysFrom[];
  /** What its calls came to before, as it was told within the time that figures are of. */
  readonly before: readonly { readonly at: number; readonly versions: KeyedNode["versions"] }[];
}

export class KeyedWatch {
  /** In the order in which they came, which is that of the page: nothing moves there when one leaves. */
  readonly #nodes = new Map<string, Heard>();
  #timeline: Timeline | undefined;

  /** Whether any node has its keys, or had them a while ago. */
  isAny(now: number): boolean {
    this.#forget(now);
    return this.#nodes.size > 0;
  }

  /** @param now by our own clock: those of others may be wrong */
  take(report: KeyedNode, now: number): void {
    const { node, keys, versions } = report;
    const known = this.#nodes.get(node);
    if (!known && this.#nodes.size >= MOST) return;
    const before = (known?.before ?? []).filter(({ at }) => now - at <= RECENT + 2 * report.interval);
    this.#nodes.set(node, {
      ...{ report, at: now, left: false },
      keys: changed(known?.keys ?? [], now, keys),
      before: [...before, { at: now, versions }],
    });
    this.#timeline?.take(node, report, now);
  }

  /** It said that it ends, or its neighbours that it is gone. */
  leave(node: string, now: number): void {
    const known = this.#nodes.get(node);
    if (known)
      this.#nodes.set(node, {
        ...known,
        at: now,
        left: true,
        keys: changed(known.keys, now, {}),
        before: [],
      });
    this.#timeline?.leave(node);
  }

  /** What its calls come to, from now on. */
  listen(now: number): Timeline {
    if (this.#timeline) return this.#timeline;
    const timeline = new Timeline(now);
    this.#timeline = timeline;
    for (const [node, { report, at, left }] of this.#nodes) if (!left) timeline.take(node, report, at);
    return timeline;
  }

  /** Nobody looks any more. */
  rest(): void {
    this.#timeline = undefined;
  }

  /** All that they report. */
  get versions(): readonly string[] {
    return [...this.#nodes.values()].flatMap(({ report }) => Object.keys(report.keys));
  }

  /** @returns the names of those that live */
  live(now: number): string[] {
    return [...this.#nodes].flatMap(([node, heard]) => (isGone(heard, now) ? [] : node));
  }

  lines(now: number): { readonly nodes: readonly KeyedLine[]; readonly more: number } {
    const all = [...this.#nodes.values()];
    const nodes = all.slice(0, SHOWN).map((each, i) => lineOf(each, now, i < DRAWN));
    return { nodes, more: Math.max(0, all.length - SHOWN) };
  }

  #forget(now: number): void {
    for (const [node, heard] of this.#nodes)
      if (isGone(heard, now) && now - heard.at > KEPT) this.#nodes.delete(node);
  }
}

function isGone({ report, at, left }: Heard, now: number): boolean {
  return left || now - at > MISSED * report.interval;
}

/** The same with what it has now, where that is something else. */
function changed(keys: readonly KeysFrom[], at: number, now: KeyedNode["keys"]): readonly KeysFrom[] {
  const last = keys.at(-1);
  if (last && JSON.stringify(last.keys) === JSON.stringify(now)) return keys;
  // What it had when the time began that is shown is known by the last change before.
  const old = keys.findLastIndex((each) => at - each.at > KEPT);
  return [...keys.slice(Math.max(0, old)), { at, keys: now }];
}

function lineOf(heard: Heard, now: number, isDrawn: boolean): KeyedLine {
  const { report, at, left, keys, before } = heard;
  const { node, came, went, taken, epochs } = report;
  return {
    ...{ node, silent: now - at, gone: isGone(heard, now), left },
    ...{ keys: left ? {} : report.keys, came, went, taken, epochs },
    calls: measuredOf(report).calls,
    ...recent(before),
    ...(isDrawn && { past: keys }),
  };
}

/** What its calls came to lately; nothing where it has told once. */
function recent(before: Heard["before"]): Pick<KeyedLine, "recent"> {
  const [last, newest] = [before.at(-1), before.at(-1)?.at ?? 0];
  const first = before.find(({ at }) => newest - at <= RECENT);
  if (!first || !last || first === last) return {};
  const sum = new Measures();
  for (const [version, tally] of Object.entries(last.versions)) {
    sum.add(tally);
    const then: Tally | undefined = Object.hasOwn(first.versions, version)
      ? first.versions[version]
      : undefined;
    if (then) sum.add(then, -1);
  }
  const p99 = sum.quantile(0.99);
  const rate = sum.calls / ((last.at - first.at) / 1000);
  return { recent: { rate, calls: sum.calls, failed: sum.failed(), ...(p99 !== undefined && { p99 }) } };
}
