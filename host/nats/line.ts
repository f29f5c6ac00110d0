/** The connection to NATS: what it answers to, and when it is there again. */
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { PluginError, reason } from "../errors.ts";

export class Line {
  readonly connection: NatsConnection;
  readonly shown: string;
  readonly #returns = new Set<() => void>();
  readonly #refusals = new Set<(subject: string, error: Error) => void>();
  #closed = false;

  constructor(connection: NatsConnection, shown: string) {
    this.connection = connection;
    this.shown = shown;
    void this.#follow();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @param back is called each time when a connection that was lost is there again @returns what ends that */
  onReturn(back: () => void): () => void {
    this.#returns.add(back);
    return () => void this.#returns.delete(back);
  }

  /** @param refused is told each time when the server takes no message of this user's for a subject */
  onRefusal(refused: (subject: string, error: Error) => void): void {
    this.#refusals.add(refused);
  }

  /** @throws PluginError `closed`, `unavailable`; those that the work itself throws */
  async ask<T>(could: string, work: () => Promise<T>, maybe = ""): Promise<T> {
    if (this.#closed) throw new PluginError("closed", `${could}: the fabric was closed`);
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof PluginError) throw cause;
      throw new PluginError("unavailable", `${could}: ${this.shown}: ${textOf(cause)}${maybe}`, { cause });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#returns.clear();
    await this.connection.close();
  }

  async #follow(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === "reconnect") for (const back of this.#returns) back();
      const error = status.type === "error" ? status.error : undefined;
      if (error instanceof PermissionViolationError && error.operation === "publish")
        for (const refused of this.#refusals) refused(error.subject, error);
    }
  }
}

/** Whether another one was quicker. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes;
  return error.code === StreamWrongLastSequence || error.code === StreamWrongLastSequenceUnknown;
}

function textOf(error: unknown): string {
  const { name } = error as { readonly name?: unknown };
  if (name === "TimeoutError") return "it did not answer in time";
  if (isUnserved(error)) return "its JetStream does not answer";
  return reason(error);
}

/** Whether the server said that nobody has the message. */
export function isUnserved(error: unknown): boolean {
  const { isNoResponders, name } = error as {
    readonly name?: unknown;
    isNoResponders?(): boolean;
  };
  return name === "NoResponders" || name === "NoRespondersError" || isNoResponders?.call(error) === true;
}
