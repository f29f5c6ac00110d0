/** A fabric over HTTP: a hub has its values and blobs, and its nodes are called at addresses of their own. */
import { PluginError } from "../errors.ts";
import { checkGroup, optionsOf } from "../option.ts";
import { checkedAuthorities, type Pem } from "../remote/certificates.ts";
import { type HttpOptions, http } from "../remote/http.ts";
import { checkTime } from "../timer.ts";
import { checkCallOptions } from "./awaited-answer.ts";
import type { CallOptions, Fabric, Handler, Message, Serving } from "./fabric.ts";
import { HubBlobs } from "./hub-blobs.ts";
import { HubKeyValue, said } from "./hub-key-value.ts";
import { HubLine } from "./hub-line.ts";
import { HUB_PROTOCOL, hubSchema, MOST_HEADERS } from "./hub-protocol.ts";
import { checkedMessage } from "./message.ts";
import { checkSubject } from "./name.ts";
import { checkNodeUrl, Node } from "./node.ts";
import { Peers } from "./peers.ts";

/** Where a node listens: as `http`, and where its callers find it. */
export interface HttpNodeOptions extends Omit<HttpOptions, "token" | "maxBytes"> {
  /** Its address for callers, where a proxy or another name leads to it. @default where it listens */
  readonly url?: string;
}

export interface HttpFabricOptions {
  /** Sent as a bearer token to the hub and to nodes, and asked of callers. */
  readonly token?: string;
  /** Certificates in PEM of the authorities whose hub and nodes are trusted over `https:`. Not in pages. */
  readonly ca?: Pem | readonly Pem[];
  /** Milliseconds in which the hub has to answer what is asked of values. @default 5_000 */
  readonly timeout?: number;
  /** Where this process listens, once it serves a subject. @default a free port of 127.0.0.1 */
  readonly node?: HttpNodeOptions;
}

/** Milliseconds that handlers may take to end when the fabric is closed. */
const DRAIN = 10_000;

/**
 * Joins a cluster by its hub, which `serveFabric` serves. Calls go from the caller to the node; while the hub is gone,
 * they go on with the nodes that are known. A page serves nothing, and reaches the hub and nodes only where its own origin
 * leads to them.
 *
 * @param urls of the hub: several where it may be at one or the other
 * @throws PluginError `unavailable`, `denied`, `bad-peer`, `argument`
 * @example const fabric = await httpFabric("http://127.0.0.1:4900/", { token });
 */
export async function httpFabric(
  urls: string | readonly string[],
  options?: HttpFabricOptions,
): Promise<Fabric> {
  const { token, ca, timeout = 5_000, node = {} } = optionsOf(options, "httpFabric");
  checkTime(timeout, "timeout");
  checkGroup(node, "node");
  checkNodeUrl(node.url);
  const all = (typeof urls === "string" ? [urls] : [...urls]).map(urlOf);
  if (all.length === 0)
    throw new PluginError("argument", "could not join a fabric: wanted the URL of its hub");
  const line = new HubLine(all, {
    token,
    timeout,
    ca: ca === undefined ? undefined : checkedAuthorities(ca),
  });
  const could = `could not join the fabric at ${line.shown}`;
  try {
    const { body } = await line.ask(could, { method: "GET", path: "", most: 65_536 });
    const { fabric, maxMessageBytes } = said(could, body, hubSchema);
    if (fabric !== HUB_PROTOCOL) {
      const why = `its hub speaks version ${fabric} of the protocol, wanted ${HUB_PROTOCOL}`;
      throw new PluginError("bad-peer", `${could}: ${why}`);
    }
    const maxBytes = maxMessageBytes + MOST_HEADERS + 4;
    const transport = http({ ...node, ...(token !== undefined && { token }), maxBytes });
    return new HttpFabric(
      line,
      maxMessageBytes,
      new Node(line, { transport, url: node.url, maxMessageBytes }),
    );
  } catch (error) {
    line.close();
    throw error;
  }
}

class HttpFabric implements Fabric {
  readonly shown: string;
  readonly kv: HubKeyValue;
  readonly blobs: HubBlobs;
  readonly payloads: HubBlobs;
  readonly maxMessageBytes: number;
  readonly #line: HubLine;
  readonly #peers: Peers;
  readonly #node: Node;
  #closing: Promise<void> | undefined;

  constructor(line: HubLine, maxMessageBytes: number, node: Node) {
    this.shown = line.shown;
    this.maxMessageBytes = maxMessageBytes;
    this.kv = new HubKeyValue(line, maxMessageBytes);
    this.blobs = new HubBlobs(line, "blobs");
    this.payloads = new HubBlobs(line, "payloads");
    this.#line = line;
    this.#peers = new Peers(line, maxMessageBytes);
    this.#node = node;
  }

  async serve(subject: string, handler: Handler): Promise<Serving> {
    checkSubject(subject, "could not serve");
    this.#check(`could not serve ${subject}`);
    return this.#node.serve(subject, handler);
  }

  async call(subject: string, sent: Message, options: CallOptions): Promise<Message> {
    checkSubject(subject, "could not call");
    const could = `could not call ${subject}`;
    checkCallOptions(options);
    const message = checkedMessage(sent, this.maxMessageBytes, could, "the message");
    this.#check(could);
    return this.#peers.call(subject, message, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    await this.#node.end(DRAIN);
    this.kv.close();
    this.#peers.close();
    this.#line.close();
  }

  #check(could: string): void {
    if (this.#closing) throw new PluginError("closed", `${could}: the fabric was closed`);
  }
}

function urlOf(given: unknown): URL {
  let url: URL | undefined;
  try {
    url = new URL(given as string);
  } catch {}
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new PluginError(
      "argument",
      'could not join a fabric: wanted a URL such as "http://127.0.0.1:4900/"',
    );
  if (url.username || url.password)
    throw new PluginError(
      "argument",
      "could not join a fabric: the URL has a user or a password; say a token",
    );
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
