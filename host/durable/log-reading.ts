/** Reading a log: the calls that its records describe, one after the other, so that only one is in memory. */
import { PluginError } from "../errors.ts";
import type { RecordedCall } from "../generation/observer.ts";
import type { HostAnswer, UntypedAnswer } from "../generation/question-bytes.ts";
import type { InterruptedCall } from "./keep.ts";
import type { CallRecord, Head, ReadRecord } from "./log-record.ts";

/** What a log contains, without the calls themselves. */
export interface Survey {
  readonly head: Head;
  /** The number of answered calls. */
  readonly count: number;
  /** The number of the next call. */
  readonly next: number;
  /** The last call, where it is unknown whether it was answered. */
  readonly interrupted: InterruptedCall | undefined;
  /** How often recoveries tried the interrupted call. */
  readonly retries: number;
}

interface Draft {
  readonly number: number;
  readonly name: string;
  readonly args: Uint8Array<ArrayBuffer>;
  readonly answers: (HostAnswer | UntypedAnswer)[];
  end: { readonly digest: number | undefined } | "dropped" | undefined;
  retries: number;
}

type Begun = Pick<Draft, "number" | "name" | "args">;

const NONE = new Uint8Array(0);

/** Assembles records: all records of a call come before those of the next one. */
class Assembly {
  head: Head | undefined;
  next = 1;
  #draft: Draft | undefined;

  /**
   * @returns a call that is complete now, and was answered.
   * @throws PluginError `bad-store` when the records do not fit together
   */
  add(record: ReadRecord): RecordedCall | undefined {
    if (record.kind === "head") {
      if (this.head) throw new PluginError("bad-store", "it has two heads");
      this.head = record;
      this.next = record.next;
      return undefined;
    }
    if (!this.head) throw new PluginError("bad-store", "its first log record is no head");
    if (record.kind === "call") return this.#begin(record, undefined);
    // A call that was undone, of which nothing else is left.
    if (record.kind === "drop" && record.number >= this.next)
      return this.#begin({ number: record.number, name: "", args: NONE }, "dropped");
    this.#amend(record);
    return undefined;
  }

  #begin({ number, name, args }: Begun, end: Draft["end"]): RecordedCall | undefined {
    const before = this.#draft;
    if (before && !before.end) {
      throw new PluginError("bad-store", `call ${before.number} has no end, and call ${number} follows it`);
    }
    this.#draft = { number, name, args, answers: [], end, retries: 0 };
    this.next = number + 1;
    return before && answered(before);
  }

  #amend(record: Exclude<CallRecord<HostAnswer | UntypedAnswer>, { readonly kind: "call" }>): void {
    const draft = this.#draft;
    if (draft?.number !== record.number) {
      throw new PluginError("bad-store", `a record of call ${record.number} has no call`);
    }
    if (record.kind === "answers") for (const each of record.answers) draft.answers.push(each);
    else if (record.kind === "end") draft.end = { digest: record.digest };
    else if (record.kind === "drop") draft.end = "dropped";
    else draft.retries++;
  }

  /** The last call, if it was answered. */
  last(): RecordedCall | undefined {
    return this.#draft && answered(this.#draft);
  }

  /** The last call, if it is unknown whether it was answered. */
  interrupted(): { readonly call: InterruptedCall; readonly retries: number } | undefined {
    if (!this.#draft || this.#draft.end) return undefined;
    const { number, retries } = this.#draft;
    return { call: { ...recorded(this.#draft, undefined), number }, retries };
  }
}

function answered(draft: Draft): RecordedCall | undefined {
  const { end } = draft;
  return end && end !== "dropped" ? recorded(draft, end.digest) : undefined;
}

function recorded({ name, args, answers }: Draft, digest: number | undefined): RecordedCall {
  return { name, slot: -1, args, answers, digest };
}

type Records = Iterable<ReadRecord> | AsyncIterable<ReadRecord>;

/** @throws PluginError `bad-store` when the records do not begin with a head, or do not fit together */
export async function survey(records: Records): Promise<Survey> {
  const assembly = new Assembly();
  let count = 0;
  for await (const record of records) if (assembly.add(record)) count++;
  if (assembly.last()) count++;
  const { head, next } = assembly;
  if (!head) throw new PluginError("bad-store", "its first log record is no head");
  const { call, retries = 0 } = assembly.interrupted() ?? {};
  return { head, count, next, interrupted: call, retries };
}

/** The answered calls of a log. */
export function answeredCalls(records: Records): Iterable<RecordedCall> | AsyncIterable<RecordedCall> {
  return Symbol.asyncIterator in records ? answeredLater(records) : answeredAtOnce(records);
}

function* answeredAtOnce(records: Iterable<ReadRecord>): Generator<RecordedCall> {
  const assembly = new Assembly();
  for (const record of records) {
    const call = assembly.add(record);
    if (call) yield call;
  }
  const last = assembly.last();
  if (last) yield last;
}

async function* answeredLater(records: AsyncIterable<ReadRecord>): AsyncGenerator<RecordedCall> {
  const assembly = new Assembly();
  for await (const record of records) {
    const call = assembly.add(record);
    if (call) yield call;
  }
  const last = assembly.last();
  if (last) yield last;
}
