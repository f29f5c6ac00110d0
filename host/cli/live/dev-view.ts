/**
 * The output of `moult dev`: versions, the times of a save, calls, refusals and traps; or a JSON record of
 * each.
 */
import { permissionText } from "../../../abi/tools.ts";
import { BuildError } from "../../../abi/transform/mod.ts";
import { guestStack, placeOf, stackText, trapText } from "../../dev/guest-stack.ts";
import type { BuildResult } from "../../dev/maker.ts";
import type { WatchTimes } from "../../dev/watch.ts";
import type { PluginError, Transition } from "../../mod.ts";
import { count } from "../page/page.ts";
import { plain, plainLines } from "../plain.ts";
import type { Style, Terminal } from "../terminal.ts";
import type { Taken } from "./live-plugin.ts";

export interface DevView {
  /** A version was swapped in, loaded or refused. */
  taken(taken: Taken, made: BuildResult, times: WatchTimes): void;
  /** A save could not be built, or a module could not be read. */
  failed(error: Error): void;
  /** A fresh instance took over after a trap, or could not. */
  revived(record: Transition): void;
  answered(call: CallReport): void;
  /** A call of `made` answered an error, or trapped. */
  wrong(call: CallReport, error: PluginError, made: BuildResult): void;
  /** A call could not be made, because of a mistake of the user's. */
  refusedCall(message: string, hint: string | undefined): void;
  note(line: string): void;
  /**
   * Answers of a version differ from those of the version before, or of another instance with the same state.
   */
  compared(lines: readonly string[]): void;
  end(): void;
  /** Draws around the line that the user is typing. @default prints */
  frame: (draw: () => void) => void;
}

export interface CallReport {
  readonly name: string;
  /** As JSON; missing for a function that answers nothing. */
  readonly answer?: unknown;
  /** The same for people. */
  readonly lines: readonly string[];
}

export function devView(terminal: Terminal): DevView {
  const counts = { calls: 0, wrong: 0, swaps: 0, refused: 0 };
  const view: DevView = {
    frame: (draw) => draw(),
    taken(taken, made, times) {
      if (taken.kind === "refused") counts.refused++;
      else if (taken.kind !== "loaded") counts.swaps++;
      const spent = spentOn(taken, made, times);
      tell({ event: taken.kind, ...recordOf(taken, made), times: spent }, () => {
        if (taken.kind === "refused") {
          const { message, code, advice } = taken.error;
          const fresh = code !== "incompatible-state" ? "" : advice ? OR_FRESH : FRESH;
          line("yellow", "refused", message + fresh);
          return;
        }
        const version = made.build?.manifest.version ?? "";
        const way =
          made.optimize === "release" ? "optimized" : taken.kind === "swapped" ? "live" : taken.kind;
        line("green", way, `${version}  ${spentText(taken, spent)}  ${size(made)}`);
        for (const each of askedIn(taken)) line("yellow", "asks", `now also for ${each}`);
        for (const warning of made.build?.warnings ?? []) terminal.say(plainLines(warning));
      });
    },
    failed(error) {
      counts.refused++;
      const diagnostics = error instanceof BuildError && { diagnostics: error.diagnostics };
      tell({ event: "failed", message: error.message, ...diagnostics }, () =>
        line("red", "failed", error.message),
      );
    },
    revived({ outcome, cause, total }) {
      tell({ event: outcome, ...(cause && { cause }), total }, () => {
        const how =
          outcome === "restarted"
            ? `a fresh instance has the state and every call that was answered, after ${ms(total)}`
            : (cause?.message ?? "it could not be restarted");
        line(outcome === "restarted" ? "green" : "red", outcome, how);
      });
    },
    answered({ name, answer, lines }) {
      counts.calls++;
      tell({ event: "answer", function: name, ...(answer === undefined ? {} : { answer }) }, () => {
        for (const each of lines) terminal.print(each);
      });
    },
    wrong({ name, answer, lines }, error, made) {
      counts.calls++;
      counts.wrong++;
      if (error.code === "guest-error") {
        tell({ event: "error", function: name, ...(answer === undefined ? {} : { error: answer }) }, () => {
          line("yellow", "error", `${name} answered an error: ${lines.join("\n")}`);
        });
        return;
      }
      const origin = made.entry === undefined ? undefined : { entry: made.entry, from: terminal.cwd };
      const stack = made.build?.sourceMap ? guestStack(error, made.build.sourceMap, origin) : [];
      const place = placeOf(stack);
      const why = error.cause instanceof Error ? trapText(error.cause, origin) : error.message;
      tell(
        { event: "trap", function: name, message: why, stack: stack.map(({ frame, ...at }) => at) },
        () => {
          line("red", error.code, error.code === "trapped" ? `${name}: ${why}` : error.message);
          if (place?.frame !== undefined) terminal.say(plainLines(`${place.file}\n${place.frame}`));
          if (stack.length > 0) terminal.say(plainLines(stackText(stack)));
        },
      );
    },
    refusedCall(message, hint) {
      tell({ event: "refused-call", message }, () => {
        line("yellow", "error", message);
        if (hint !== undefined) terminal.say(plainLines(`hint: ${hint}`));
      });
    },
    compared(lines) {
      tell({ event: "compared", lines }, () => line("yellow", "answers", lines.join("\n")));
    },
    note: (text) => tell({ event: "note", text }, () => terminal.say(text, 2)),
    end() {
      const { calls, wrong, swaps, refused } = counts;
      tell({ event: "end", ...counts }, () =>
        terminal.say(`${count(calls)} calls (${wrong} wrong), ${swaps} swaps, ${refused} refused`),
      );
    },
  };
  return view;

  /** Prints one JSON line, or draws for people. */
  function tell(record: object, draw: () => void): void {
    if (terminal.json) terminal.printRecord(record);
    else view.frame(draw);
  }

  function line(style: Style, label: string, text: string): void {
    terminal.say(`${terminal.style(style, label.padEnd(LABEL))} ${plainLines(text)}`, LABEL + 1);
  }
}

const LABEL = "optimized".length;
const OR_FRESH = "\n\nOr type .fresh to begin with fresh state.";
const FRESH = "\nwrite a migration (static from(old)), or type .fresh to begin with fresh state";

/** Milliseconds from the save until the version serves, and their parts. */
interface Spent {
  readonly total: number | undefined;
  readonly noticed: number | undefined;
  readonly build: number;
  readonly swap: number | undefined;
  readonly pause: number | undefined;
}

function spentOn(taken: Taken, { time }: BuildResult, { saved, noticed }: WatchTimes): Spent {
  const since = (end: number) => (saved === undefined ? undefined : Math.max(0, end - saved));
  const swap =
    taken.kind === "swapped" ? taken.record.total : taken.kind === "reloaded" ? taken.total : undefined;
  const pause = taken.kind === "swapped" ? taken.record.pause : undefined;
  return { total: since(Date.now()), noticed: since(noticed), build: time, swap, pause };
}

function spentText(taken: Taken, { total, noticed, build, swap, pause }: Spent): string {
  const parts = [
    ...(noticed === undefined ? [] : [`noticed ${ms(noticed)}`]),
    `built ${ms(build)}`,
    ...(swap === undefined ? [] : [`${taken.kind} ${ms(swap)}`]),
    ...(pause === undefined ? [] : [`paused ${ms(pause)}`]),
  ];
  const whole = total === undefined ? "" : `${ms(total)} after the save: `;
  const anew =
    taken.kind === "reloaded" ? "; its interface is another one, so it was loaded anew with its state" : "";
  return `${whole}${parts.join(", ")}${anew}${stepsOf(taken)}`;
}

/** The typed steps that the state went through. */
function stepsOf(taken: Taken): string {
  if (taken.kind !== "swapped" || taken.record.way !== "migrated") return "";
  return `; its state went by ${plain(taken.record.steps.join(" -> "))}`;
}

/** What the version asks for that the one before did not. */
function askedIn(taken: Taken): string[] {
  return taken.kind === "swapped" ? taken.asked.map((each) => plain(permissionText(each))) : [];
}

function recordOf(taken: Taken, made: BuildResult): object {
  const base = { version: made.build?.manifest.version, optimize: made.optimize, bytes: made.wasm.length };
  if (taken.kind === "refused") return { ...base, code: taken.error.code, message: taken.error.message };
  if (taken.kind === "swapped") {
    const { way, steps } = taken.record;
    return { ...base, way, steps, ...(taken.asked.length > 0 && { asked: taken.asked }) };
  }
  return base;
}

function ms(time: number): string {
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
}

function size({ wasm }: BuildResult): string {
  return plain(`${(wasm.length / 1024).toFixed(1)} KiB`);
}
