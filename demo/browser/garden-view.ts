/** The garden on the page: its picture, the particle that is followed, and the table of the state. */
import { element, rgbOf, root, slotOf, token } from "./element.ts";
import { type Ink, Painter } from "./painter.ts";
import { COUNT, type Particles, particlesIn } from "./particles.ts";
import { drawField, rows, shownValue } from "./table.ts";

export class GardenView {
  readonly #painter = new Painter(element<HTMLCanvasElement>("garden"));
  readonly #label: (index: number) => string;
  #ink!: Ink;
  #latest: Particles | undefined;
  #followed = -1;

  /** @param label what stands beside the particle that is followed */
  constructor(label: (index: number) => string) {
    this.#label = label;
    this.theme();
    const input = element<HTMLInputElement>("follow");
    input.addEventListener("change", () => this.follow(input.valueAsNumber));
    element("garden").addEventListener("click", ({ clientX, clientY }) => {
      const { left, top } = element("garden").getBoundingClientRect();
      if (this.#latest) this.follow(this.#painter.nearest(this.#latest, clientX - left, clientY - top));
    });
    let sized: ReturnType<typeof setTimeout>;
    addEventListener("resize", () => {
      clearTimeout(sized);
      sized = setTimeout(() => {
        this.#painter.resize(this.#ink.paper);
        this.theme();
      }, 150);
    });
  }

  /** In pixels of the page. */
  get size(): { readonly width: number; readonly height: number } {
    return this.#painter;
  }

  get followed(): number {
    return this.#followed;
  }

  /** Takes the state as the plugin has answered it. */
  take(bytes: Uint8Array): void {
    this.#latest = particlesIn(bytes);
    if (this.#followed < 0) this.#followLikely(this.#latest);
  }

  /** @param seconds since the frame before */
  paint(seconds: number): void {
    const particles = this.#latest;
    if (!particles) return;
    this.#painter.paint(particles, this.#ink, seconds);
    const [ink, paper] = [token("--ink"), token("--paper")];
    const index = this.#followed;
    this.#painter.ring(particles, { index, text: this.#label(index), ink, paper });
  }

  follow(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= COUNT) return;
    this.#followed = index;
    element<HTMLInputElement>("follow").value = String(index);
    this.values();
    this.#again();
  }

  /** Takes the colours of the page's theme. */
  theme(): void {
    const dark = root.dataset.theme === "dark";
    const paper = rgbOf(token("--paper"));
    const all = Array.from({ length: 256 }, (_, n) => rgbOf(token(`--g${slotOf(n)}`)));
    const narrow = innerWidth > 600 ? 1 : 0.75;
    this.#ink = { colors: new Float32Array(all.flat()), paper, strength: (dark ? 0.62 : 0.66) * narrow };
    if (this.#painter.width === 0) this.#painter.resize(paper);
    else this.#painter.clear(paper);
    this.#again();
    this.histograms();
  }

  /** Draws the same state until it is as dark as it gets: for a garden that stands still. */
  #again(): void {
    for (let k = 0; k < 8; k++) this.paint(1 / 60);
  }

  /** @param lost the field that a refused version would lose, and what is said of it */
  rows(lost: { field: string; why: string } | undefined): void {
    rows(element("fields"), lost);
    this.values();
    this.histograms();
  }

  values(): void {
    if (!this.#latest) return;
    for (const cell of document.querySelectorAll<HTMLElement>("[data-value]"))
      cell.textContent = shownValue(this.#latest, cell.dataset.value as "x", this.#followed);
  }

  histograms(): void {
    if (!this.#latest) return;
    const style = { ink: token("--ink2"), color: (n: number) => token(`--g${slotOf(n)}`), extent: this.size };
    for (const canvas of document.querySelectorAll<HTMLCanvasElement>("canvas[data-field]"))
      drawField(canvas, this.#latest, canvas.dataset.field as "x", style);
  }

  /** One in the large flower, beside the words. */
  #followLikely(particles: Particles): void {
    const { width, height } = this.size;
    const [x, y] = width > 800 ? [0.79, 0.34] : [0.72, 0.45];
    this.#followed = this.#painter.nearest(particles, width * x, height * y);
    element<HTMLInputElement>("follow").value = String(this.#followed);
  }
}
