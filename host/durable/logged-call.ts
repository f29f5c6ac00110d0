/** The call that runs: what was written of it, and what is not written yet. */
import type { PluginError } from "../errors.ts";
import type { HostAnswer } from "../generation/question-bytes.ts";
import { sizeOf } from "./log-bytes.ts";
import type { LogRecord } from "./log-record.ts";

export class LoggedCall {
  readonly number: number;
  readonly name: string;
  /** Records that went with its own first one; nothing of one that an earlier process began. */
  readonly left: readonly LogRecord[] | undefined;
  /** Appends that it took, the first one included. */
  appends = 1;
  /** What the host answered it, and is not written yet. */
  answers: HostAnswer[] = [];
  /** Of those. */
  bytes = 0;
  /** Why it is undone, where nothing of it is left but its number. */
  undone: PluginError | undefined;

  constructor(number: number, name: string, left?: readonly LogRecord[]) {
    this.number = number;
    this.name = name;
    this.left = left;
  }

  /** An earlier process began it. */
  get isResumed(): boolean {
    return this.left === undefined;
  }

  answered(answer: HostAnswer): void {
    this.answers.push(answer);
    this.bytes += sizeOf(answer);
  }

  written(): void {
    this.appends++;
    this.answers = [];
    this.bytes = 0;
  }

  get drop(): LogRecord {
    return { kind: "drop", number: this.number };
  }
}
