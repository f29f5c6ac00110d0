/** A canvas to draw in: cleared, as sharp as the screen, and with the colors of the page. */

export interface Colors {
  readonly ink: string;
  /** On what is filled with a version's color. */
  readonly on: string;
  readonly line: string;
  readonly text: string;
  readonly paper: string;
  readonly font: string;
  of(version: string): string;
}

export interface Ink {
  readonly draw: CanvasRenderingContext2D;
  readonly colors: Colors;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** @param colorOf the name of a version's color @returns nothing where there is nothing to be seen */
export function inkOf(canvas: HTMLCanvasElement, colorOf: (version: string) => string): Ink | undefined {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const draw = canvas.getContext("2d");
  if (!draw || width === 0 || height === 0) return undefined;
  draw.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const colors = {
    ink: style.getPropertyValue("--ink"),
    on: style.getPropertyValue("--on"),
    line: style.getPropertyValue("--line"),
    text: style.getPropertyValue("--ink2"),
    paper: style.getPropertyValue("--paper"),
    font: `11px ${style.getPropertyValue("--mono")}`,
    of: (version: string) => style.getPropertyValue(colorOf(version)),
  };
  return { draw, colors, width, height };
}

/** A lane's name on its line, on paper, whatever runs below it. */
export function label({ draw, colors, width }: Ink, text: string, line: number): void {
  draw.font = colors.font;
  const length = draw.measureText(text).width;
  draw.strokeStyle = colors.line;
  draw.lineWidth = 1;
  draw.beginPath();
  draw.moveTo(length + 8, line);
  draw.lineTo(width, line);
  draw.setLineDash([1, 3]);
  draw.stroke();
  draw.setLineDash([]);
  draw.fillStyle = colors.text;
  draw.fillText(text, 0, line + 4);
}

/** The line that a lane stands on. */
export function ground({ draw, colors, width }: Ink, y: number): void {
  draw.strokeStyle = colors.line;
  draw.lineWidth = 1;
  draw.beginPath();
  draw.moveTo(0, y);
  draw.lineTo(width, y);
  draw.stroke();
}

/** The next of 1, 2 and 5 with zeros that nothing is above. */
export function roundUp(most: number): number {
  const ten = 10 ** Math.floor(Math.log10(most));
  return Number(([1, 2, 5, 10].find((step) => step * ten >= most * 0.9999)! * ten).toPrecision(3));
}
