/** A fabric on NATS: discovery and balancing are its queue groups, values its buckets, blobs its object stores. */
import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { type ObjectStore, Objm } from "@nats-io/obj";
import { connect, type NatsConnection, type NodeConnectionOptions, nanos } from "@nats-io/transport-node";
import { PluginError, reason } from "../errors.ts";
import { drainedWithin } from "../fabric/drained-within.ts";
import type { CallOptions, Fabric, Handler, Message, Serving } from "../fabric/fabric.ts";
import { PAYLOAD_AGE } from "../fabric/message.ts";
import { checkSubject } from "../fabric/name.ts";
import { checkAmount, misfit, optionsOf } from "../option.ts";
import { checkTime } from "../timer.ts";
import { Line } from "./line.ts";
import { NatsBlobs } from "./nats-blobs.ts";
import { NatsCalls } from "./nats-calls.ts";
import { type Bucket, type Buckets, NatsKeyValue } from "./nats-key-value.ts";
import { subjectsOf } from "./nats-message.ts";
import { NatsServings } from "./nats-servings.ts";
import { isRacy, settleRaces } from "./race.ts";

export interface NatsFabricOptions {
  /** What it is called in NATS: its bucket, its object store, and the first token of its subjects. @default "moult" */
  readonly name?: string;
  /** How many servers keep the values and blobs, where they are made new: 1, 3 or 5. @default 1 */
  readonly replicas?: number;
  /**
   * Milliseconds after which a payload that nobody deleted is gone, where its store is made new: 100 at least.
   * @default 600_000
   */
  readonly payloadAge?: number;
  /** Milliseconds in which the server has to answer what is asked of values and blobs. @default 5_000 */
  readonly timeout?: number;
  /** Sent as the token of a user. */
  readonly token?: string;
  /** More for `connect` of `@nats-io/transport-node`: `user` and `pass`, `authenticator`, `tls`. */
  readonly connection?: NodeConnectionOptions;
}

/** The oldest server that has what is used of it. */
const OLDEST = [2, 9] as const;
/** Bytes of a message that are left to headers: 16 of the longest, and our own. */
const HEADERS = 20_480;
/** Changes that are kept of a key. */
const HISTORY = 64;
/** Milliseconds of payloads: the least that a server takes, and a week. */
const [YOUNGEST, OLDEST_AGE] = [100, 604_800_000];
const RECONNECT = 250;
/** Milliseconds that handlers may take to end when the fabric is closed. */
const DRAIN = 10_000;

/**
 * Joins a cluster by a NATS server with JetStream (2.9 or later), or several of them. It goes on by itself when a server
 * comes back. Needs the packages `@nats-io/transport-node`, `@nats-io/jetstream`, `@nats-io/kv` and `@nats-io/obj`.
 *
 * @param servers `nats://127.0.0.1:4222`
 * @throws PluginError `unavailable`, `argument`
 * @example const fabric = await natsFabric("nats://127.0.0.1:4222");
 */
export async function natsFabric(
  servers: string | readonly string[],
  options?: NatsFabricOptions,
): Promise<Fabric> {
  const given = optionsOf(options, "natsFabric");
  const { name = "moult", replicas = 1, timeout = 5_000, token, connection } = given;
  const { payloadAge = PAYLOAD_AGE } = given;
  if (!/^[A-Za-z0-9][\w-]{0,63}$/.test(name)) throw misfit(name, "name", "letters, digits, _ and -");
  if (![1, 3, 5].includes(replicas)) throw misfit(replicas, "replicas", "1, 3 or 5");
  checkTime(timeout, "timeout");
  const wantedAge = `milliseconds from ${YOUNGEST} to ${OLDEST_AGE}`;
  checkAmount(payloadAge, "payloadAge", wantedAge, OLDEST_AGE);
  if (payloadAge < YOUNGEST) throw misfit(payloadAge, "payloadAge", wantedAge);
  const all = typeof servers === "string" ? [servers] : [...servers];
  const shown = all.map(withoutSecrets).join(", ");
  const nc = await connected(shown, {
    reconnectTimeWait: RECONNECT,
    reconnectJitter: RECONNECT,
    maxReconnectAttempts: -1,
    timeout,
    ...(token !== undefined && { token }),
    ...connection,
    servers: all,
  });
  try {
    // No cluster's name begins with `_`, so that what is called so belongs to one alone.
    checkServer(nc, shown);
    const js = jetstream(nc, { timeout });
    const racy = isRacy(nc.info!);
    if (racy) settleRaces(js);
    const line = new Line(nc, shown);
    const doing = `could not join the fabric ${name}`;
    const bucket = (of: string, history: number) =>
      line.ask(doing, () => opened(js, of, { history, replicas, timeout }));
    const kv = { kept: await bucket(name, HISTORY), now: await bucket(`_now_${name}`, 1) };
    const store = await line.ask(doing, () => new Objm(js).create(name, { replicas }));
    // One that comes first may make it with another age: that one holds, and is found the second time.
    const made = () => new Objm(js).create(`_payloads_${name}`, { replicas, ttl: nanos(payloadAge) });
    return new NatsFabric(line, {
      name,
      kv,
      racy,
      store,
      payloads: () => made().catch(made),
      inboxPrefix: connection?.inboxPrefix,
    });
  } catch (error) {
    await nc.close();
    throw error;
  }
}

interface Opened {
  readonly name: string;
  readonly kv: Buckets;
  readonly racy: boolean;
  readonly store: ObjectStore;
  /** Few need them: they are made when the first one does. */
  readonly payloads: () => Promise<ObjectStore>;
  readonly inboxPrefix: string | undefined;
}

class NatsFabric implements Fabric {
  readonly shown: string;
  readonly kv: NatsKeyValue;
  readonly blobs: NatsBlobs;
  readonly payloads: NatsBlobs;
  readonly maxMessageBytes: number;
  readonly #line: Line;
  readonly #calls: NatsCalls;
  readonly #servings: NatsServings;
  #closing: Promise<void> | undefined;

  constructor(line: Line, { name, kv, racy, store, payloads, inboxPrefix }: Opened) {
    this.shown = line.shown;
    this.maxMessageBytes = line.connection.info!.max_payload - HEADERS;
    this.kv = new NatsKeyValue(line, kv, { maxMessageBytes: this.maxMessageBytes, racy });
    this.blobs = new NatsBlobs(line, async () => store);
    this.payloads = new NatsBlobs(line, payloads);
    this.#line = line;
    const subjects = subjectsOf(name);
    const { maxMessageBytes } = this;
    this.#calls = new NatsCalls(line, subjects, { maxMessageBytes, inboxPrefix });
    this.#servings = new NatsServings(line, subjects, maxMessageBytes);
  }

  async serve(subject: string, handler: Handler): Promise<Serving> {
    checkSubject(subject, "could not serve");
    this.#check(`could not serve ${subject}`);
    return this.#servings.serve(subject, handler);
  }

  async call(subject: string, sent: Message, options: CallOptions): Promise<Message> {
    checkSubject(subject, "could not call");
    this.#check(`could not call ${subject}`);
    return this.#calls.call(subject, sent, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    await drainedWithin(DRAIN, this.#servings.drain());
    await this.#line.close();
  }

  #check(could: string): void {
    if (this.#closing) throw new PluginError("closed", `${could}: the fabric was closed`);
  }
}

async function opened(
  js: JetStreamClient,
  name: string,
  options: { readonly history: number; readonly replicas: number; readonly timeout: number },
): Promise<Bucket> {
  // Reads are answered by the server that leads: another one may be behind it.
  const kv = await new Kvm(js).create(name, { ...options, allow_direct: false });
  const { streams } = await js.jetstreamManager();
  const subjects = `$KV.${name}.`;
  const keys = async (filter: string) => {
    const { state } = await streams.info(`KV_${name}`, { subjects_filter: `${subjects}${filter}` });
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(subjects.length));
  };
  return { kv, keys };
}

async function connected(shown: string, options: NodeConnectionOptions): Promise<NatsConnection> {
  try {
    return await connect(options);
  } catch (cause) {
    const found = (cause as { readonly code?: unknown }).code === "ECONNREFUSED";
    const why = found || reason(cause) === "connection refused" ? "no server answers there" : reason(cause);
    throw new PluginError("unavailable", `could not connect to ${shown}: ${why}`, { cause });
  }
}

/** What a server has is known from its version: some of it is not refused where it is missing. */
function checkServer({ info }: NatsConnection, shown: string): void {
  const { version = "0", jetstream: has, headers } = info ?? {};
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const refuse = (why: string) => {
    throw new PluginError("unavailable", `could not use ${shown}: ${why}`);
  };
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    refuse(`its version is ${version}, wanted ${OLDEST.join(".")} or later`);
  if (!headers) refuse("it sends no headers");
  if (!has) refuse("it has no JetStream; start it with -js");
}

/** An address for messages: a user, a password or a token may stand in it. */
function withoutSecrets(server: string): string {
  return server.replace(/\/\/[^@/]*@/, "//");
}
