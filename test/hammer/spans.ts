/** The states that the model was in, one after the other, and from when to when. */

interface Span {
  readonly from: number;
  to: number;
}

export class Spans {
  readonly #spans = new Map<string, Span[]>();

  /** At this place of a trail the state has this name. */
  stand(name: string, at: number): void {
    const spans = this.#spans.get(name);
    const last = spans?.at(-1);
    if (last?.to === at - 1) last.to = at;
    else if (spans) spans.push({ from: at, to: at });
    else this.#spans.set(name, [{ from: at, to: at }]);
  }

  /** Whether the state had this name at one of these places. */
  has(name: string, from: number, to: number): boolean {
    return (this.#spans.get(name) ?? []).some((span) => span.from <= to && span.to >= from);
  }
}
