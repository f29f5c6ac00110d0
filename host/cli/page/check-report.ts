/** The report of `moult check`: a line for each part, and the findings below it. */
import type { Check } from "../../dev/check/check.ts";
import type { InterfaceChange } from "../../dev/check/interface-changes.ts";
import type { FieldChange } from "../../dev/check/state-way.ts";
import { plain, plainLines } from "../plain.ts";
import type { Style, Terminal } from "../terminal.ts";
import { clip, wrap } from "./wrap.ts";

interface Part {
  readonly title: string;
  readonly word: string;
  readonly style: Style;
  readonly about?: string;
  readonly lines?: readonly Line[];
  /** Code for the author to paste, printed below unchanged. */
  readonly below?: string;
}

/** `+ bytes  new, begins as 0` */
interface Line {
  readonly mark: "+" | "-" | "~" | "!" | "x" | " ";
  readonly name?: string;
  readonly text: string;
}

/** The most lines of one part that are shown; `--json` has them all. */
const MOST = 40;
/** The most characters of a type, which may have thousands of fields. */
const MOST_OF_A_TYPE = 240;
const TITLE = 13;
const WORD = 13;
const NAME = 28;

export function printCheck(terminal: Terminal, check: Check): void {
  const { next, old } = check;
  const title = next ? `${next.name} ${next.version}` : "no plugin";
  const beside = old ? `, to replace ${old.name === next?.name ? "" : `${old.name} `}${old.version}` : "";
  terminal.print(terminal.style("bold", plain(title)) + plain(beside));
  terminal.print();
  for (const part of partsOf(check)) printPart(terminal, part);
  terminal.print();
  const { verdict, allowed } = check;
  const reasons = verdict === "refused" ? check.refusals : check.unannounced;
  const style = verdict === "well" ? "green" : verdict === "refused" ? "red" : "yellow";
  const word = { well: "ok", refused: "refused", unannounced: "unannounced" }[verdict];
  const ran = "skipped" in check.rehearsal ? "; it was not rehearsed" : "";
  const all = reasons.length > 0 ? reasons.join("; ") : `nothing speaks against it${ran}`;
  const text = allowed.length > 0 ? `${all} (allowed: ${allowed.join("; ")})` : all;
  printWrapped(terminal, terminal.style(style, `${word}:`), word.length + 2, text);
}

function partsOf(check: Check): Part[] {
  const { contract, old } = check;
  if (!check.next) return [moduleOf(check)];
  return [
    moduleOf(check),
    ...(contract ? [changesOf("Contract", contract, "fits")] : []),
    ...(old && check.interface ? [changesOf("Interface", check.interface, "the same")] : []),
    ...(check.versions.length > 0 ? [versionsOf(check)] : []),
    permissionsOf(check),
    withVariables(stateOf(check), check),
    rehearsalOf(check),
  ];
}

function moduleOf({ findings }: Check): Part {
  const broken = findings.some(({ level }) => level === "error");
  const lines = findings.map(({ level, text }): Line => ({ mark: level === "error" ? "x" : "!", text }));
  if (broken) return { title: "Module", word: "broken", style: "red", lines };
  return { title: "Module", word: "ok", style: "green", about: "keeps to the ABI", lines };
}

function changesOf(title: string, changes: readonly InterfaceChange[], same: string): Part {
  const breaks = changes.filter(({ kind }) => kind === "breaks");
  const adds = title === "Contract" ? [] : changes.filter(({ kind }) => kind === "adds");
  const line =
    (mark: Line["mark"]) =>
    ({ path, text }: InterfaceChange) => ({ mark, name: path, text });
  const lines = [...breaks.map(line("x")), ...adds.map(line("+"))];
  if (breaks.length > 0) return { title, word: "breaks", style: "red", lines };
  if (adds.length > 0)
    return { title, word: "adds", style: "green", about: "callers go on as they are", lines };
  return { title, word: same, style: "green" };
}

function versionsOf({ versions }: Check): Part {
  const lines = versions.map(({ of, from, to, asks, lowest, ok }): Line => {
    const step = `${from} -> ${to}`;
    const said =
      asks === "none"
        ? "nothing changed"
        : `${asks === "major" ? "what breaks" : asks === "minor" ? "what was added" : "other code"} asks for ${lowest} or more`;
    return { mark: ok ? " " : "x", name: of, text: `${step}; ${said}` };
  });
  const ok = versions.every((each) => each.ok);
  return { title: "Version", word: ok ? "ok" : "too low", style: ok ? "green" : "yellow", lines };
}

function permissionsOf({ permissions, old }: Check): Part {
  const marks = { asked: "+", changed: "~", kept: " ", "given-up": "-" } as const;
  const lines = permissions.map((each): Line => {
    const functions = each.functions.join(", ");
    return {
      mark: marks[each.kind],
      name: each.interface,
      text: each.text ? `${functions}; ${each.text}` : functions,
    };
  });
  const title = "Permissions";
  if (permissions.some(({ kind }) => kind === "asked" || kind === "changed"))
    return { title, word: "asks more", style: "yellow", lines };
  if (permissions.every(({ kind }) => kind === "given-up"))
    return { title, word: "none", style: "green", about: "it reaches nothing", lines };
  return { title, word: old ? "no more" : "asks for", style: "green", lines };
}

function stateOf({ state, old }: Check): Part {
  const title = "State";
  if (!state || state.kind === "none")
    return { title, word: "none", style: "green", about: "it keeps nothing" };
  if (state.kind === "fresh") {
    const about = state.opaque ? "bytes of its own" : state.fields.map(({ path }) => path).join(", ");
    return { title, word: old ? "begins anew" : "keeps", style: "green", about };
  }
  if (state.kind === "refused") {
    // The fields are listed above; the rest of the message says what can be done.
    const way = /(?:It has no steps|Tried ).*$/s.exec(state.problem ?? "")?.[0] ?? state.problem ?? "";
    const lines = [...fatesOf(state.fields), { mark: "x", text: way } as const];
    // Where nothing is dropped or changed, nothing is lost: a new field has no value.
    const loses = state.fields.length === 0 || state.fields.some(({ fate }) => fate === "lost");
    const word = loses ? "LOST" : "no way";
    const below = state.advice ? { below: state.advice } : {};
    return { title, word, style: "red", about: "so a swap is refused", lines, ...below };
  }
  const about = {
    same: state.opaque ? "the author's own bytes, by the plugin's name" : "as it is",
    lossless: "nothing is lost, and no step is needed",
    migrated: `by a step of its own: ${state.steps.join(" -> ")}`,
  }[state.kind];
  return { title, word: "crosses", style: "green", about, lines: fatesOf(state.fields) };
}

/** Adds the variables that the new version keeps outside of its state. */
function withVariables(part: Part, { next }: Check): Part {
  const lines = (next?.variables ?? []).map(({ name, file, transient }): Line => {
    const meant = transient ? ", as @transient says" : "; mark it @transient if that is meant";
    return { mark: transient ? " " : "!", name, text: `begins anew with every version${meant} (${file})` };
  });
  return lines.length === 0 ? part : { ...part, lines: [...(part.lines ?? []), ...lines] };
}

function fatesOf(fields: readonly FieldChange[]): Line[] {
  const marks = { kept: " ", added: "+", unset: "x", changed: "~", "by-step": "~", lost: "x" } as const;
  const bySteps: Readonly<Record<string, Line["mark"]>> = { "the same type": " ", new: "+", gone: "-" };
  const words = { kept: "kept", added: "new", unset: "new", changed: "", "by-step": "", lost: "LOST" };
  return fields.map(({ path, fate, note }) => {
    const between = fate === "lost" ? ": " : ", ";
    const text = [words[fate], note].filter((each) => each !== "").join(between);
    return { mark: fate === "by-step" ? (bySteps[note] ?? "~") : marks[fate], name: path, text };
  });
}

function rehearsalOf({ rehearsal }: Check): Part {
  const title = "Rehearsal";
  if ("skipped" in rehearsal) return { title, word: "skipped", style: "yellow", about: rehearsal.skipped };
  const marks = { ok: " ", note: "!", failed: "x" } as const;
  const lines = rehearsal.steps.map(({ outcome, text }): Line => ({ mark: marks[outcome], text }));
  const { record, ok } = rehearsal;
  if (record) {
    const phases = Object.entries(record.phases).map(([name, time]) => `${name} ${time.toFixed(1)} ms`);
    lines.push({ mark: " ", text: `the dry run took ${phases.join(", ")}` });
  }
  return { title, word: ok ? "ok" : "failed", style: ok ? "green" : "red", lines };
}

function printPart(terminal: Terminal, { title, word, style, about, lines = [], below }: Part): void {
  const head =
    terminal.style("bold", title.padEnd(TITLE)) + terminal.style(style, about ? word.padEnd(WORD) : word);
  printWrapped(terminal, head, TITLE + WORD, about ?? "", "");
  const shown = lines.slice(0, MOST);
  const width = Math.min(NAME, Math.max(0, ...shown.map(({ name = "" }) => plain(name).length)));
  for (const { mark, name, text } of shown) {
    const label = name === undefined ? "" : `${plain(name).padEnd(width)}  `;
    const tone = mark === "x" ? "red" : mark === "+" ? "green" : mark === " " ? "dim" : "yellow";
    printWrapped(
      terminal,
      `  ${terminal.style(tone, mark)} ${label}`,
      4 + label.length,
      name === undefined ? text : clip(text, MOST_OF_A_TYPE),
      "",
    );
  }
  if (lines.length > MOST) terminal.print(`    and ${lines.length - MOST} more (--json has them all)`);
  if (below === undefined) return;
  for (const line of ["", ...plainLines(below).split("\n"), ""])
    terminal.print(line === "" ? "" : `  ${line}`);
}

/** @param width the width of the head, without its colours */
function printWrapped(terminal: Terminal, head: string, width: number, text: string, gap = " "): void {
  const safe = plain(clip(text));
  if (safe === "") {
    terminal.print(head.trimEnd());
    return;
  }
  const deep = width > terminal.columns / 2 ? 6 : width;
  const [first, ...rest] = wrap(safe, terminal.columns, deep);
  if (deep === width) terminal.print(head + gap + first);
  else {
    terminal.print(head.trimEnd());
    terminal.print(" ".repeat(deep) + first);
  }
  for (const line of rest) terminal.print(line);
}
