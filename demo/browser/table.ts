/** The table of the state: the followed particle's values, and all of them as histograms. */
import { COUNT, FIELDS, type Field, LIFE, type Particles } from "./particles.ts";

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** A value as the table writes it. */
export function shownValue(particles: Particles, field: Field, index: number): string {
  const value = particles[field][index]!;
  if (field === "age") return `${(value * LIFE).toFixed(1)} s`;
  return field === "planted" ? String(value) : value.toFixed(1);
}

/** Draws one field of all particles. */
export function drawField(
  canvas: HTMLCanvasElement,
  particles: Particles,
  field: Field,
  { ink, color, extent }: { ink: string; color(generation: number): string; extent: Extent },
): void {
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = 18;
  if (!width) return;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const c = canvas.getContext("2d")!;
  c.scale(ratio, ratio);
  if (field === "planted") {
    shares(c, particles.planted, width, color);
    return;
  }
  const bins = new Float32Array(Math.floor(width / 3));
  const [low, high] =
    field === "x"
      ? [0, extent.width]
      : field === "y"
        ? [0, extent.height]
        : field === "age"
          ? [0, 1]
          : [-40, 40];
  const values = particles[field];
  for (let i = 0; i < COUNT; i++) {
    const bin = Math.floor(((values[i]! - low) / (high - low)) * bins.length);
    if (bin >= 0 && bin < bins.length) bins[bin]!++;
  }
  const most = Math.max(...bins) * (field === "dx" || field === "dy" ? 0.35 : 1);
  c.fillStyle = ink;
  bins.forEach((count, k) => {
    const tall = Math.max(1, Math.min(1, count / most) * 15);
    c.fillRect(k * 3, 17 - tall, 2, tall);
  });
}

/** How many particles each generation has planted, as shares of the width. */
function shares(
  c: CanvasRenderingContext2D,
  planted: Uint8Array,
  width: number,
  color: (generation: number) => string,
): void {
  const counts = new Uint32Array(256);
  for (const each of planted) counts[each]!++;
  let x = 0;
  counts.forEach((count, generation) => {
    if (!count) return;
    const wide = (count / COUNT) * width;
    c.fillStyle = color(generation);
    c.fillRect(x, 5, Math.max(1, wide - 1.5), 8);
    x += wide;
  });
}

/** The rows of the table. @param lost the field that the refused version would lose, and what is said of it */
export function rows(body: HTMLElement, lost: { field: string; why: string } | undefined): void {
  body.replaceChildren(
    ...FIELDS.map(([field, type]) => {
      const row = document.createElement("tr");
      const isLost = lost?.field === field;
      if (isLost) row.className = "lost";
      const name = document.createElement("th");
      name.scope = "row";
      name.textContent = field;
      const kind = document.createElement("td");
      kind.textContent = type;
      const value = document.createElement("td");
      value.className = "num";
      value.dataset.value = field;
      const all = document.createElement("td");
      if (isLost) all.textContent = lost.why;
      else {
        const canvas = document.createElement("canvas");
        canvas.dataset.field = field;
        canvas.setAttribute("aria-hidden", "true");
        all.append(canvas);
      }
      row.append(name, kind, value, all);
      return row;
    }),
  );
}
