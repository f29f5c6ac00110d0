/** The connection to NATS: what it answers to, and when it is there again. */
import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { PluginError, reason } from "../errors.ts";

export class Line {
  readonly connection: NatsConnection;
  readonly shown: string;
  readonly #losses = new Set<() => void>();
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

  /**
   * @param lost is called each time when what servers had for this connection may be lost: it is there again, or it goes
   * on and a server of its cluster is gone
   * @returns what ends that
   */
  onLoss(lost: () => void): () => void {
    this.#losses.add(lost);
    return () => void this.#losses.delete(lost);
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
    this.#losses.clear();
    await this.connection.close();
  }

  /** Of the cluster, as the one that is connected to tells. */
  get #servers(): readonly string[] {
    return this.connection.info?.connect_urls ?? [];
  }

  async #follow(): Promise<void> {
    let servers = this.#servers;
    for await (const status of this.connection.status()) {
      const before = servers;
      servers = this.#servers;
      const isGone = status.type === "update" && before.some((each) => !servers.includes(each));
      if (isGone || status.type === "reconnect") for (const lost of this.#losses) lost();
      const error = status.type === "error" ? status.error : undefined;
      if (error instanceof PermissionViolationError && error.operation === "publish")
        for (const refused of this.#refusals) refused(error.subject, error);
    }
  }
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
