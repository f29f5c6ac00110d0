/** How fast something went: a count, at moments in time. */
const MOST = 2_048;

export class Pace {
  /** Where the count stood, in order. */
  #points: { readonly at: number; readonly count: number }[] = [];
  #apart = 0;

  /** @param at in milliseconds, later than the one before */
  add(at: number, count: number): void {
    const last = this.#points.at(-1);
    if (last && (count <= last.count || at - last.at < this.#apart)) return;
    this.#points.push({ at, count });
    if (this.#points.length <= MOST) return;
    // Half of them are enough, and so are half as many from here on.
    this.#points = this.#points.filter((_, i) => i % 2 === 0);
    this.#apart = (this.#points.at(-1)!.at - this.#points[0]!.at) / MOST;
  }

  /** A second's worth, between two counts; nothing where that is not known. */
  between(from: number, to: number): number | undefined {
    const [began, ended] = [this.#when(from), this.#when(to)];
    if (began === undefined || ended === undefined || ended <= began) return undefined;
    return ((to - from) / (ended - began)) * 1000;
  }

  /** A second's worth, lately. */
  lately(ms = 1_000): number {
    const last = this.#points.at(-1);
    if (!last) return 0;
    const since = this.#points.findLast(({ at }) => at <= last.at - ms) ?? this.#points[0]!;
    return last.at > since.at ? ((last.count - since.count) / (last.at - since.at)) * 1000 : 0;
  }

  #when(count: number): number | undefined {
    const after = this.#points.findIndex((point) => point.count >= count);
    const [before, next] = [this.#points[after - 1], this.#points[after]];
    if (!next) return undefined;
    if (!before) return next.count === count ? next.at : undefined;
    return before.at + ((count - before.count) / (next.count - before.count)) * (next.at - before.at);
  }
}
