/** The page's state and its acts: what serves, what is written, what was tried. */
import type { Transition } from "moult";
import { blamed, type Held, judged, lineWith, rolledBack, type Told } from "./attempts.ts";
import { type Break, broken, nameOf, withStep } from "./breaks.ts";
import { type Compiler, compiler } from "./compiler/compiler.ts";
import { type Editor, editor } from "./editor.ts";
import { element, root } from "./element.ts";
import { firstEdit, typeFirstEdit } from "./first-edit.ts";
import { GardenView } from "./garden-view.ts";
import { listen } from "./listen.ts";
import { type Loop, loop } from "./loop.ts";
import { drawMenu } from "./menu.ts";
import { COUNT } from "./particles.ts";
import { shownTime } from "./shown.ts";
import { say } from "./status.ts";
import { Frames, type Generation, type Mark } from "./tape.ts";
import { type Lang, put, TEXTS, type Texts, type Values } from "./texts.ts";
import { langOf, themeOf, writeTexts } from "./visitor.ts";
import { type Refused, type World, world } from "./world.ts";

const SECOND = 1000;
export class Page {
  readonly #first: string;
  readonly #second: Promise<Uint8Array>;
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  readonly frames = new Frames();
  readonly generations: Generation[] = [];
  readonly marks: Mark[] = [];
  readonly tried = new Map<Break, Values>();
  readonly editor: Editor;
  readonly garden: GardenView;
  world: World | undefined;
  lang: Lang = langOf();
  paused = this.#still;
  #compiler: Compiler | undefined;
  #told: { key: Told; values: Values };
  #held: Held | undefined;
  #busy = false;
  #lost = 0;
  #loop: Loop | undefined;
  /** The version that was swapped in last, as long as it may be rolled back. */
  #trial: { how: Break | undefined; source: string } | undefined;
  #rolledBack: Transition | undefined;
  /** Milliseconds after which the frame came to its end in which that was. */
  #stopped = 0;

  /** @param second the module of the edit that waits, on its way */
  constructor(source: string, second: Promise<Uint8Array>) {
    this.#first = source;
    this.#second = second;
    root.dataset.theme = themeOf();
    this.#told = { key: "first", values: { l: lineWith(source, "const PETALS") ?? 1 } };
    const generation = { n: 1, name: nameOf(source, ""), from: performance.now(), gone: false, source };
    this.generations.push(generation);
    const was = (v: string) => put(this.texts.was, { v });
    const events = { change: () => this.#edited(), act: () => this.#act() };
    this.editor = editor(element("code"), source, events, { label: this.texts.source, was });
    this.garden = new GardenView((i) => put(this.texts.no, { i: i.toLocaleString("en") }));
    this.write();
    listen(this);
  }

  get texts(): Texts {
    return TEXTS[this.lang];
  }

  get live(): Generation {
    return this.generations.at(-1)!;
  }

  /** The number of the newest generation that has served. */
  get top(): number {
    return Math.max(...this.generations.map(({ n }) => n));
  }

  get compiler(): Compiler {
    this.#compiler ??= compiler();
    return this.#compiler;
  }

  /** Loads the first version, and shows a garden that turns already. */
  async begin(first: Uint8Array): Promise<void> {
    this.#loop = loop(this);
    const made = await world(first, (record) => this.#happened(record));
    const { width, height } = this.garden.size;
    for (let k = 0; k < 36; k++) {
      this.garden.take(await made.frame(1 / 60, width, height));
      if (k > 24) this.garden.paint(1 / 60);
    }
    this.world = made;
    this.garden.rows(undefined);
    root.dataset.ready = "";
    typeFirstEdit(this.editor, this.#first, this.#still);
    // The compiler is large: it comes when everything that is seen is there.
    setTimeout(() => this.compiler, SECOND);
  }

  #edited(): void {
    if (this.#held) {
      this.#held = undefined;
      // The editor is in the middle of a change.
      queueMicrotask(() => this.#hold(undefined));
    }
    this.#say();
  }

  get #savable(): boolean {
    return !this.#busy && !this.#held && this.editor.changed.length > 0;
  }

  get trying(): boolean {
    return this.#trial?.how !== undefined;
  }

  async save(): Promise<void> {
    if (this.#savable) await this.#replace(this.editor.text);
  }

  async goBack(index: number): Promise<void> {
    const to = this.generations[index];
    if (to && !to.gone && to !== this.live) await this.#replace(to.source, { back: to });
  }

  async try(how: Break): Promise<void> {
    if (this.#busy) return;
    const source = broken(this.live.source, how);
    this.editor.set(source);
    await this.#replace(source, { how });
  }

  /** Compiles a text, and swaps it in. */
  async #replace(source: string, why: Why = {}): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#hold(undefined);
    try {
      const wasm = await this.#compiled(source, why);
      if (wasm) await this.#swap(source, wasm, why);
    } finally {
      this.#busy = false;
      this.#say();
    }
  }

  async #compiled(source: string, { how }: Why): Promise<Uint8Array | undefined> {
    const n = this.top + 1;
    if (n === 2 && source === firstEdit(this.#first)) return this.#second;
    const { wasm, faults } = await this.compiler.compile(source, n);
    if (wasm) return wasm;
    const fault = faults.find(({ line }) => line !== undefined) ?? faults[0];
    const line = fault?.line ?? blamed(source, how, this.editor.changed);
    this.#hold({ kind: "error", line, code: "asc", values: { why: fault?.message ?? "" } });
    this.#tell("error", {});
    return undefined;
  }

  async #swap(source: string, wasm: Uint8Array, { back, how }: Why): Promise<void> {
    const n = this.top + 1;
    const before = this.live;
    this.#trial = { how, source };
    this.#rolledBack = undefined;
    const outcome = await this.world!.swap(wasm);
    const at = performance.now();
    if (outcome.is === "refused") {
      this.#refused(source, outcome, how);
      return;
    }
    const name = back ? { ...back.name, again: true } : nameOf(source, before.source);
    this.generations.push({ n, name, from: at, gone: false, source });
    this.marks.push({ at, n, kind: "swap", us: outcome.us });
    this.#lost = Math.max(this.#lost, COUNT - outcome.kept);
    if (back) this.editor.set(source);
    this.editor.served(source);
    const kept = outcome.kept.toLocaleString("en");
    const time = shownTime(outcome.us, this.texts.units);
    this.#tell(back ? "history" : "edited", { time, kept, ...(back && { c: back.n }) });
    // It may have been rolled back in the frame in which it took over.
    this.#overtaken();
  }

  #refused(source: string, refusal: Refused, how: Break | undefined): void {
    this.#trial = undefined;
    const { kind, values, lost } = judged(refusal);
    this.marks.push({ at: performance.now(), n: this.top + 1, kind: "refused" });
    if (how) this.tried.set(how, values);
    const declared = lost && lineWith(source, `${lost.to}: `);
    const line = declared ?? blamed(source, how, this.editor.changed);
    this.#hold({ kind, line, code: refusal.code, values, word: lost?.to, lost });
    this.#tell(kind, values);
  }

  /** What moult does by itself. */
  #happened(record: Transition): void {
    if (record.outcome === "restarted") void this.#restarted();
    if (record.outcome !== "rolled-back") return;
    this.#rolledBack = record;
    this.#stopped = this.#loop?.waited ?? 0;
    if (!this.#busy) this.#overtaken();
  }

  /** A version that trapped was rolled back. */
  #overtaken(): void {
    const record = this.#rolledBack;
    const trial = this.#trial;
    if (!record || !trial) return;
    this.#rolledBack = this.#trial = undefined;
    const at = performance.now();
    const gone = this.live;
    const survivor = this.#endOf(gone)!;
    this.generations.push({ ...survivor, from: at });
    const { kind, values, us } = rolledBack(
      record,
      { n: gone.n, s: (at - gone.from) / SECOND, ms: this.#stopped },
      this.texts,
    );
    this.marks.push(
      kind === "trapped" ? { at, n: survivor.n, kind: "swap", us } : { at, n: gone.n, kind: "stopped" },
    );
    if (trial.how) this.tried.set(trial.how, values);
    this.editor.served(survivor.source);
    const line = blamed(trial.source, trial.how, this.editor.changed);
    const code = record.cause?.code ?? "trapped";
    if (this.editor.text === trial.source) this.#hold({ kind, line, code, values });
    this.#tell(kind, values);
  }

  /** A generation is not gone back to any more. @returns the one before it */
  #endOf(gone: Generation): Generation | undefined {
    this.generations[this.generations.indexOf(gone)] = { ...gone, gone: true };
    return this.generations.findLast((one) => !one.gone && one.n !== gone.n);
  }

  /** A version that trapped after its probation has come back as it was: the code before it takes over. */
  async #restarted(): Promise<void> {
    const gone = this.live;
    const before = this.#endOf(gone);
    if (!before || this.#busy) return;
    await this.#replace(before.source, { back: before });
    this.#tell("restarted", { a: gone.n });
  }

  #hold(held: Held | undefined): void {
    this.#held = held;
    const [text, action] = held ? (this.texts.notes[held.kind] as [string, string]) : ["", ""];
    this.editor.note(held && { ...held, text: put(text, held.values), action });
    const lost = held?.lost;
    this.garden.rows(lost && { field: lost.field, why: put(this.texts.rowlost, { to: lost.to }) });
    this.#say();
  }

  /** The one action of the note. */
  #act(): void {
    const lost = this.#held?.lost;
    this.#hold(undefined);
    if (lost) this.editor.set(withStep(this.editor.text, lost.field, lost.to));
    this.editor.focus();
  }

  pause(): void {
    this.paused = !this.paused;
    this.#tell(this.paused ? "paused" : "plain", {});
  }

  #tell(key: Told, values: Values): void {
    this.#told = { key, values };
    this.#say();
  }

  #say(): void {
    const standing = {
      live: this.live.n,
      top: this.top,
      told: this.#told,
      held: this.#held,
      busy: this.#busy,
      savable: this.#savable,
      paused: this.paused,
      changed: this.editor.changed,
      lost: this.#lost,
    };
    say(standing, this.texts);
    drawMenu(this.tried, this.texts, (how) => void this.try(how));
  }

  /** Writes all texts anew, in the page's language. */
  write(): void {
    const { texts } = this;
    writeTexts(this.lang);
    this.editor.texts({ label: texts.source, was: (v) => put(this.texts.was, { v }) });
    this.#hold(this.#held);
  }
}

/** Why a text is swapped in: as the code of an older generation, or to break something. */
interface Why {
  readonly back?: Generation;
  readonly how?: Break;
}
