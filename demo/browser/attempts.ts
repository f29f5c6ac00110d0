/** What happened last: the sentence of the status line, and the note at the line that caused it. */
import type { Transition } from "moult";
import { BLAMED, type Break } from "./breaks.ts";
import { shownTime } from "./shown.ts";
import type { Texts, Values } from "./texts.ts";
import type { Refused } from "./world.ts";

export type Told = keyof Texts["status"];
export type Noted = keyof Texts["notes"];

/** Of versions that served for a moment. */
export const TRAPPED: readonly Noted[] = ["trapped"];
export const STOPPED: readonly Noted[] = ["looping", "memory"];

export interface Held {
  readonly kind: Noted;
  /** Counted from 1. */
  readonly line: number;
  readonly code: string;
  readonly values: Values;
  readonly word?: string | undefined;
  /** A field that would be lost, and the one that no step leads to. */
  readonly lost?: { readonly field: string; readonly to: string } | undefined;
}

/** The line that holds a text, counted from 1. */
export function lineWith(source: string, text: string): number | undefined {
  const at = source.indexOf(text);
  return at < 0 ? undefined : source.slice(0, at).split("\n").length;
}

/** The line that is to blame for what a broken version did, or the first that was changed. */
export function blamed(source: string, how: Break | undefined, changed: readonly number[]): number {
  return (how && lineWith(source, BLAMED[how])) ?? changed[0] ?? 1;
}

/** The fields that moult names: the one that is gone, and the one that is new. */
export function lostField(message: string): { field: string; to: string } | undefined {
  const field = /(\w+): the new version has no such field/.exec(message)?.[1];
  const to = /(\w+): the old version has no such field/.exec(message)?.[1];
  return field && to ? { field, to } : undefined;
}

/** A refusal in few words: the part of moult's message that says why. */
export function whyOf(message: string): string {
  return message
    .replace(/^could not swap garden [\d.]+: /, "")
    .replace(/; version [\d.]+ still serves.*$/, "")
    .replace(/could not (load|build) garden [\d.]+: /, "");
}

/** A trap in few words. */
export function trapOf(message: string): string {
  return /trapped: ([^;]+)/.exec(message)?.[1] ?? message;
}

/** What a refusal is told as. */
export function judged({
  code,
  message,
  kept,
}: Refused): Pick<Held, "values" | "lost"> & { kind: Noted & Told } {
  const lost = code === "incompatible-state" ? lostField(message) : undefined;
  const values = { why: whyOf(message), kept: (kept ?? 0).toLocaleString("en"), ...lost };
  if (lost) return { kind: "refused", values, lost };
  if (code === "failed-verify") return { kind: "forget", values };
  if (code === "missing-grant" && /moult:http/.test(message)) return { kind: "network", values };
  return { kind: "other", values };
}

/** What a rollback is told as, and its pause in microseconds. @param gone after what time it was stopped */
export function rolledBack(
  record: Transition,
  gone: { readonly n: number; readonly s: number; readonly ms: number },
  texts: Texts,
): { kind: Noted & Told; values: Values; us: number } {
  const { code = "trapped", message = "" } = record.cause ?? {};
  const us = Math.round(record.pause * 1000);
  const values = {
    a: gone.n,
    time: shownTime(us, texts.units),
    s: gone.s.toFixed(1),
    ms: Math.max(1, Math.round(gone.ms)),
    k: record.replayed?.calls ?? 0,
    why: /zero/.test(message) ? texts.zero : trapOf(message),
  };
  if (code === "out-of-fuel" || code === "out-of-time") return { kind: "looping", values, us };
  return { kind: /limits\.memory/.test(message) ? "memory" : "trapped", values, us };
}
