/** The editor: CodeMirror, in a shadow of its own, since its styles need no exception of the policy there. */
import { defaultKeymap, history, historyKeymap, indentMore } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Range, RangeSet, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  GutterMarker,
  gutterLineClass,
  keymap,
  lineNumbers,
  WidgetType,
} from "@codemirror/view";
import { COLORS, THEME } from "./editor-style.ts";
import { changedLines } from "./lines.ts";

/** A note under a line, with one action. */
export interface Note {
  readonly line: number;
  readonly code: string;
  readonly text: string;
  readonly action: string;
  /** A word in the line that is underlined. */
  readonly word?: string | undefined;
}

export interface EditorTexts {
  readonly label: string;
  was(value: string): string;
}

export interface Editor {
  readonly text: string;
  /** Lines that differ from the code that serves, counted from 1. */
  readonly changed: readonly number[];
  set(text: string): void;
  /** Types into the text, as somebody would. */
  type(from: number, to: number, text: string): void;
  served(text: string): void;
  note(note: Note | undefined): void;
  texts(texts: EditorTexts): void;
  focus(): void;
}

export interface EditorEvents {
  change(byHand: boolean): void;
  act(): void;
}

interface Marks {
  readonly served: string;
  readonly note: Note | undefined;
  readonly texts: EditorTexts;
}

const setMarks = StateEffect.define<Partial<Marks>>();

class Ghost extends WidgetType {
  readonly text: string;
  readonly kind: string;
  constructor(text: string, kind: string) {
    super();
    this.text = text;
    this.kind = kind;
  }
  override eq(other: Ghost): boolean {
    return other.text === this.text && other.kind === this.kind;
  }
  toDOM(): HTMLElement {
    const em = document.createElement("em");
    em.className = this.kind;
    em.textContent = this.text;
    return em;
  }
}

class NoteBox extends WidgetType {
  readonly note: Note;
  readonly act: () => void;
  constructor(note: Note, act: () => void) {
    super();
    this.note = note;
    this.act = act;
  }
  override eq(other: NoteBox): boolean {
    return other.note === this.note;
  }
  toDOM(): HTMLElement {
    // CodeMirror measures what it holds without margins.
    const place = document.createElement("div");
    place.className = "place";
    const box = document.createElement("div");
    box.className = "note";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.note.action;
    button.addEventListener("click", this.act);
    box.append(`${this.note.text} `, button);
    place.append(box);
    return place;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

class Numbered extends GutterMarker {
  override elementClass: string;
  constructor(kind: string) {
    super();
    this.elementClass = kind;
  }
}
const EDIT = new Numbered("edit");
const BAD = new Numbered("edit bad");

/** The same for the numbers of the lines. */
function numbered(state: EditorState, { served, note }: Marks): RangeSet<GutterMarker> {
  const { lines } = changedLines(served, state.doc.toString());
  const all = new Set([...lines, ...(note && note.line <= state.doc.lines ? [note.line] : [])]);
  const from = (line: number) => state.doc.line(line).from;
  return RangeSet.of(
    [...all].map((line) => (note?.line === line ? BAD : EDIT).range(from(line))),
    true,
  );
}

const NUMBER = /= (-?[\d.]+);/;

function decorated(state: EditorState, { served, note, texts }: Marks, act: () => void): DecorationSet {
  const all: Range<Decoration>[] = [];
  const { lines, was } = changedLines(served, state.doc.toString());
  const faulty = note && note.line <= state.doc.lines ? note : undefined;
  for (const number of new Set([...lines, ...(faulty ? [faulty.line] : [])])) {
    const line = state.doc.line(number);
    const bad = faulty?.line === number;
    all.push(Decoration.line({ class: bad ? "edit bad" : "edit" }).range(line.from));
    const before = NUMBER.exec(was.get(number) ?? "")?.[1];
    const value = NUMBER.exec(line.text);
    if (bad) {
      const at = faulty.word ? line.text.indexOf(faulty.word) : -1;
      if (at >= 0 && faulty.word)
        all.push(
          Decoration.mark({ class: "blamed" }).range(line.from + at, line.from + at + faulty.word.length),
        );
      all.push(Decoration.widget({ widget: new Ghost(faulty.code, "code"), side: 1 }).range(line.to));
      all.push(Decoration.widget({ widget: new NoteBox(faulty, act), side: 2, block: true }).range(line.to));
    } else if (before !== undefined && before !== value?.[1])
      all.push(Decoration.widget({ widget: new Ghost(texts.was(before), "was"), side: 1 }).range(line.to));
    if (value && before !== value[1]) {
      const from = line.from + value.index + 2;
      all.push(Decoration.mark({ class: "value" }).range(from, from + value[1]!.length));
    }
  }
  return Decoration.set(all, true);
}

/** @param host what the editor is put into */
export function editor(host: HTMLElement, first: string, events: EditorEvents, texts: EditorTexts): Editor {
  let marks: Marks = { served: first, note: undefined, texts };
  // Tab leaves the editor, unless Enter has been pressed in it.
  let indents = false;
  const decorations = StateField.define<DecorationSet>({
    create: (state) => decorated(state, marks, events.act),
    update(set, transaction) {
      const told = transaction.effects.some((effect) => effect.is(setMarks));
      return transaction.docChanged || told ? decorated(transaction.state, marks, events.act) : set;
    },
    provide: (field) => [
      EditorView.decorations.from(field),
      gutterLineClass.compute([field], (state) => numbered(state, marks)),
    ],
  });
  const keys = keymap.of([
    {
      key: "Enter",
      run: () => {
        indents = true;
        return false;
      },
    },
    { key: "Tab", run: (view) => indents && indentMore(view) },
    {
      key: "Escape",
      run: () => {
        indents = false;
        return false;
      },
    },
    ...defaultKeymap.filter(({ key }) => key !== "Escape"),
    ...historyKeymap,
  ]);
  const root = host.attachShadow({ mode: "open" });
  const label = (text: string) =>
    EditorView.contentAttributes.of({ "aria-label": text, spellcheck: "false", autocapitalize: "off" });
  const labelled = (text: string) => [
    lineNumbers(),
    history(),
    drawSelection(),
    indentUnit.of("  "),
    javascript({ typescript: true }),
    syntaxHighlighting(COLORS),
    THEME,
    keys,
    decorations,
    label(text),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      const byHand = update.transactions.some((one) => one.isUserEvent("input") || one.isUserEvent("delete"));
      events.change(byHand);
    }),
    EditorView.domEventHandlers({
      blur: () => {
        indents = false;
      },
    }),
  ];
  const view = new EditorView({
    root,
    parent: root as unknown as HTMLElement,
    state: EditorState.create({ doc: first, extensions: labelled(texts.label) }),
  });
  const tell = (change: Partial<Marks>) => {
    marks = { ...marks, ...change };
    view.dispatch({ effects: setMarks.of(change) });
  };
  return {
    get text() {
      return view.state.doc.toString();
    },
    get changed() {
      return changedLines(marks.served, view.state.doc.toString()).lines;
    },
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    type: (from, to, text) => view.dispatch({ changes: { from, to, insert: text } }),
    served: (text) => tell({ served: text }),
    note(note) {
      tell({ note });
      if (!note) return;
      const line = view.state.doc.line(Math.min(note.line, view.state.doc.lines));
      view.dispatch({ effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    },
    texts(next) {
      tell({ texts: next });
      view.contentDOM.setAttribute("aria-label", next.label);
    },
    focus: () => view.focus(),
  };
}
