/** The words of the page that change: the status line, the editor's foot, the button, the colours of what is next. */
import { type Held, STOPPED, type Told, TRAPPED } from "./attempts.ts";
import { colorOf, element, root } from "./element.ts";
import { put, type Texts, type Values } from "./texts.ts";

export interface Standing {
  /** The generation that serves, and the newest that has served. */
  readonly live: number;
  readonly top: number;
  readonly told: { readonly key: Told; readonly values: Values };
  readonly held: Held | undefined;
  readonly busy: boolean;
  readonly savable: boolean;
  readonly paused: boolean;
  /** Lines that are not saved. */
  readonly changed: readonly number[];
  /** Particles that did not come through, of all swaps. */
  readonly lost: number;
}

/** What is no refusal, rollback or end. */
const WELL: readonly Told[] = ["first", "plain", "paused", "edited", "history"];
const SECOND = 1000;
let spoken = Number.NEGATIVE_INFINITY;

export function say(now: Standing, texts: Texts): void {
  const { live, top, told, held } = now;
  speak(put(texts.status[told.key], { n: live, ...told.values }));
  element("status").className = WELL.includes(told.key) ? "" : "held";
  const served = held && (TRAPPED.includes(held.kind) || STOPPED.includes(held.kind));
  const attempt = served ? top : top + 1;
  root.style.setProperty("--now", colorOf(live));
  root.style.setProperty("--next", colorOf(held ? attempt : top + 1));
  root.style.setProperty("--attempt", colorOf(attempt));
  element("serving").textContent = put(texts.serving, { n: live });
  element("savetext").textContent = put(texts.save, { n: top + 1 });
  element("save").setAttribute("aria-disabled", String(!now.savable));
  element("pending").textContent = pending(now, texts);
  element("lost").textContent = now.lost.toLocaleString("en");
  element("pause").textContent = now.paused ? texts.play : texts.pause;
  element("pause").setAttribute("aria-pressed", String(now.paused));
}

/** At most one sentence in two seconds is read out. */
function speak(sentence: string): void {
  const status = element("status");
  if (status.textContent === sentence) return;
  const now = performance.now();
  status.setAttribute("aria-live", now - spoken < 2 * SECOND ? "off" : "polite");
  spoken = now;
  status.textContent = sentence;
}

function pending({ held, busy, changed }: Standing, texts: Texts): string {
  if (busy) return texts.compiling;
  if (held) {
    const text = STOPPED.includes(held.kind)
      ? texts.heldStopped
      : TRAPPED.includes(held.kind)
        ? texts.heldTrapped
        : texts.heldRefused;
    return put(text, { l: held.line });
  }
  if (changed.length === 0) return texts.pendingNone;
  if (changed.length === 1) return put(texts.pending, { l: changed[0]! });
  return put(texts.pendingMore, { l: `${changed[0]}–${changed.at(-1)}`, k: changed.length });
}
