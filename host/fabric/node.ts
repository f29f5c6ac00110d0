/** A node: what this process serves to a cluster, at an address of its own, and says of itself to the hub. */
import * as z from "zod/mini";
import { PluginError } from "../errors.ts";
import { randomName } from "../random-name.ts";
import type { HttpTransport } from "../remote/http.ts";
import { mediaType } from "../remote/protocol.ts";
import { wholeSignal } from "../remote/request-signal.ts";
import type { Listening } from "../remote/serve.ts";
import { notThere, problem, type Reply, type Request, type Site, wrongMethod } from "../remote/site.ts";
import { after } from "../timer.ts";
import { drainedWithin } from "./drained-within.ts";
import type { Handler, Serving } from "./fabric.ts";
import { Handlers } from "./handlers.ts";
import { said } from "./hub-key-value.ts";
import type { HubLine } from "./hub-line.ts";
import { BYTES, EVERY, messageBytes, messageOf, NOT_SERVED, TOO_MANY } from "./hub-protocol.ts";

/** Milliseconds until a hub that did not answer is told again. */
const AGAIN = 500;
/** Milliseconds that callers may take to let go of their connections. */
const LEAVING = 5_000;
const FACTS = 4_096;

const everySchema = z.object({ every: z.number().check(z.gte(100), z.lte(60_000)) });

export interface NodeOptions {
  readonly transport: HttpTransport;
  /** Where callers reach it, if it is not where it listens. */
  readonly url: string | undefined;
  readonly maxMessageBytes: number;
}

export class Node implements Site {
  readonly name = "the node";
  readonly #node = randomName();
  readonly #line: HubLine;
  readonly #options: NodeOptions;
  readonly #handlers: Handlers;
  #listening: Promise<Listening> | undefined;
  #taken = 0;
  #ending = false;
  #clear = () => {};
  /** What the hub was told last, where it answered. */
  #known = Promise.resolve();

  constructor(line: HubLine, options: NodeOptions) {
    this.#line = line;
    this.#options = options;
    this.#handlers = new Handlers(options.maxMessageBytes);
  }

  get ready(): boolean {
    return !this.#ending;
  }

  async serve(subject: string, handler: Handler): Promise<Serving> {
    await this.#listen();
    const serving = this.#handlers.serve(subject, handler, () => this.#say().catch(() => {}));
    try {
      await this.#say();
    } catch (error) {
      await serving.drain();
      throw error;
    }
    return serving;
  }

  async answer(request: Request): Promise<Reply> {
    const [, subject] = /^\/take\/([\w.-]+)$/.exec(request.path) ?? [];
    if (subject === undefined) return notThere("/take/SUBJECT, /live and /ready");
    if (request.method !== "POST") return wrongMethod("POST");
    // A page of another origin may send other types without being asked whether it may.
    if (mediaType(request.type) !== BYTES)
      return problem(415, "argument", `wanted the Content-Type ${BYTES}`);
    const could = `could not call ${subject}`;
    // At this address another node may have been.
    if (request.query.get("node") !== this.#node) return notServed(could);
    const { maxCalls } = this.#options.transport;
    if (this.#taken >= maxCalls) {
      const why = `its node has ${maxCalls} calls under way, and at most ${maxCalls} may be (maxCalls)`;
      return problem(TOO_MANY, "queue-full", `${could}: ${why}`);
    }
    this.#taken++;
    try {
      const message = messageOf(await request.body(), could);
      const answer = await this.#handlers.take(subject, message, wholeSignal(request.signal));
      if (!answer) return notServed(could);
      return { status: 200, type: BYTES, body: messageBytes(answer), isFramed: true };
    } finally {
      this.#taken--;
    }
  }

  /** Takes no more messages, answers those that it has, and is no longer there. */
  async end(drain: number): Promise<void> {
    if (!this.#listening) return;
    await drainedWithin(drain, this.#handlers.drain());
    this.#clear();
    const listening = await this.#listening;
    // Its callers are told by the hub, and with each answer from now on, and let go of their connections: a call that is
    // cut off may have been made.
    this.#ending = true;
    await drainedWithin(LEAVING, listening.left());
    listening.stop();
    listening.cut();
  }

  async #listen(): Promise<void> {
    this.#listening ??= this.#options.transport.open(this);
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
  }

  /** Says what it serves, one time after the other: the hub has to hear the last one last. */
  #say(): Promise<void> {
    this.#known = this.#known.catch(() => {}).then(() => this.#sayNow());
    return this.#known;
  }

  async #sayNow(): Promise<void> {
    this.#clear();
    const { subjects } = this.#handlers;
    const url = this.#options.url ?? (await this.#listening!).url;
    const body = new TextEncoder().encode(JSON.stringify({ node: this.#node, url, subjects }));
    let next = AGAIN;
    try {
      const could = "could not tell the hub what is served";
      const asked = { method: "POST", path: "nodes", body, most: FACTS } as const;
      next = said(could, (await this.#line.ask(could, asked)).body, everySchema).every;
    } finally {
      // It is told again and again, so that it knows that this node is there, and a new hub comes to know it.
      const again = () => void this.#say().catch(() => {});
      if (subjects.length > 0 && !this.#line.closed)
        this.#clear = after(Math.min(next, EVERY), again, { name: "every", unref: true });
    }
  }
}

function notServed(could: string): Reply {
  return problem(NOT_SERVED, "closed", `${could}: this node does not serve it; it was not called`);
}

/** @throws PluginError `argument` */
export function checkNodeUrl(url: unknown): void {
  if (url === undefined) return;
  if (typeof url === "string" && /^https?:\/\/[^@]+$/.test(url)) return;
  throw new PluginError("argument", 'could not use node.url: wanted one such as "http://node-1:4901/"');
}
