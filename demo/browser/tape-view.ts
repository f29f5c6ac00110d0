/** The tape on the page: segments that are buttons, marks, and the bars of the frames. */
import { colorOf, element, slotOf, token } from "./element.ts";
import { shownName, shownTime } from "./shown.ts";
import { type Axis, drawFrames, type Frames, type Generation, type Mark, placeOf } from "./tape.ts";
import { put, type Texts } from "./texts.ts";

const SECOND = 1000;

export interface Reel {
  readonly frames: Frames;
  readonly generations: readonly Generation[];
  readonly marks: readonly Mark[];
}

/** Draws it all. @param goBack to the generation at this place of the reel */
export function drawTape(reel: Reel, texts: Texts, now: number, goBack: (index: number) => void): void {
  const seconds = innerWidth > 1180 ? 60 : innerWidth > 600 ? 48 : 24;
  const axis = { span: seconds * SECOND, width: element("lanes").clientWidth, now };
  drawGenerations(reel.generations, texts, axis, goBack);
  drawMarks(reel.marks, texts, axis);
  drawFrames(element<HTMLCanvasElement>("frames"), reel.frames, reel.generations, axis, {
    color: (n) => token(`--g${slotOf(n)}`),
    line: token("--line"),
    ink: token("--ink2"),
    paper: token("--paper"),
    mono: token("--mono"),
  });
  const us = reel.marks.flatMap((mark) => mark.us ?? []);
  write(element("longest"), `${reel.frames.longest.toFixed(1)} ms`);
  write(element("swap"), us.length > 0 ? shownTime(Math.max(...us)) : "–");
  write(element("axis0"), put(texts.ago, { s: seconds }));
  write(element("axis1"), put(texts.ago, { s: seconds / 2 }));
}

/** The tape in words, for who does not see it. */
export function describeTape({ frames }: Reel, texts: Texts, now: number): void {
  const all = [...frames.since(now - 60 * SECOND)].map(([, ms]) => ms).sort((a, b) => a - b);
  if (all.length === 0) return;
  const m = all[all.length >> 1]!.toFixed(1);
  element("frames").setAttribute("aria-label", put(texts.framesAlt, { s: 60, m, l: all.at(-1)!.toFixed(1) }));
}

/** Nothing is written that stands there already: the page would be laid out anew. */
function write(to: Element, text: string): void {
  if (to.textContent !== text) to.textContent = text;
}

function drawGenerations(
  generations: readonly Generation[],
  texts: Texts,
  axis: Axis,
  goBack: (index: number) => void,
): void {
  const list = element("generations");
  while (list.children.length < generations.length) {
    const index = list.children.length;
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("b"), document.createElement("span"));
    button.addEventListener("click", () => goBack(index));
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  }
  generations.forEach((one, i) => {
    const item = list.children[i] as HTMLElement;
    const from = placeOf(one.from, axis);
    const to = placeOf(generations[i + 1]?.from ?? axis.now, axis);
    const serves = i === generations.length - 1;
    item.hidden = to <= 0 && !serves;
    if (item.hidden) return;
    const wide = Math.max(to - from, 3);
    item.style.left = `${Math.min(from, axis.width - wide)}px`;
    item.style.width = `${wide}px`;
    item.style.setProperty("--c", colorOf(one.n));
    const kinds = { live: serves, gone: one.gone, short: wide < 104, sliver: wide < 16 };
    for (const [kind, is] of Object.entries(kinds)) item.classList.toggle(kind, is);
    label(item.firstElementChild as HTMLElement, one, serves, texts);
  });
}

function label(button: HTMLElement, one: Generation, serves: boolean, texts: Texts): void {
  const name = shownName(one.name, texts);
  write(button.firstElementChild!, String(one.n));
  write(button.lastElementChild!, name);
  const text = serves ? texts.live : one.gone ? texts.gone : texts.goback;
  const said = put(text, { n: one.n, name });
  if (button.getAttribute("aria-label") !== said) button.setAttribute("aria-label", said);
  if (serves) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}

/** A mark's words stand right of its line where there is room before the next, else left, else only the line stands. */
function drawMarks(marks: readonly Mark[], texts: Texts, axis: Axis): void {
  const list = element("marks");
  while (list.children.length < marks.length) {
    const item = document.createElement("li");
    item.append(document.createElement("span"));
    list.append(item);
  }
  // The words of the scale stand at the left.
  let free = 64;
  marks.forEach((mark, i) => {
    const item = list.children[i] as HTMLElement;
    const text = mark.kind === "swap" ? shownTime(mark.us ?? 0) : texts.mark[mark.kind];
    write(item.firstElementChild!, text);
    const x = placeOf(mark.at, axis);
    item.hidden = x <= 0;
    if (x <= 0) return;
    const wide = text.length * (/[一-鿿]/.test(text) ? 12 : 7.2) + 12;
    const next = marks[i + 1] ? placeOf(marks[i + 1]!.at, axis) : axis.width + 6;
    const right = x >= free && x + wide <= next;
    const left = !right && x - wide >= free;
    item.className = `${mark.kind} ${right ? "" : left ? "left" : "bare"}`;
    item.style.left = `${x}px`;
    item.style.setProperty("--c", colorOf(mark.n));
    free = right ? x + wide : x;
  });
}
