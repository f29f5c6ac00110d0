/** A hub as a server of HTTP answers for it: a fabric for other processes, and the nodes that serve subjects there. */

import { PluginError } from "../errors.ts";
import { jsonOf } from "../remote/json-of.ts";
import { JSON_TYPE, mediaType } from "../remote/protocol.ts";
import { wholeSignal } from "../remote/request-signal.ts";
import {
  inJson,
  notThere,
  problem,
  type Reply,
  type Request,
  type Site,
  wrongMethod,
} from "../remote/site.ts";
import { after } from "../timer.ts";
import { digestFrom } from "./blob-digest.ts";
import type { Blobs } from "./fabric.ts";
import { AVRO, BYTES, changesBytes, EVERY, HUB_PROTOCOL, nodeSchema, pageBytes } from "./hub-protocol.ts";
import type { MemoryFabric } from "./memory-fabric.ts";
import type { MemoryKeyValue } from "./memory-key-value.ts";
import { checkPrefix } from "./name.ts";
import type { Roll } from "./roll.ts";

/** Milliseconds that a watch waits for a change, at most. */
const LONGEST_WAIT = 25_000;
const PLACES =
  "/, /values/KEY, /delete/KEY, /keys, /history/KEY, /watch, /blobs, /blobs/NAME, /has/NAME, /remove/NAME, /nodes, /live and /ready";
const METHODS: Readonly<Record<string, readonly string[]>> = {
  "": ["GET"],
  values: ["GET", "POST"],
  delete: ["POST"],
  keys: ["GET"],
  history: ["GET"],
  watch: ["GET"],
  blobs: ["GET", "POST"],
  has: ["GET"],
  remove: ["POST"],
  nodes: ["POST"],
};

export class HubSite implements Site {
  readonly name = "the fabric";
  readonly #fabric: MemoryFabric;
  readonly #roll: Roll;
  /** Those that wait for a change. One signal for all of them would have more listeners than Node puts up with. */
  readonly #waiting = new Set<AbortController>();
  #ended = false;

  constructor(fabric: MemoryFabric, roll: Roll) {
    this.#fabric = fabric;
    this.#roll = roll;
  }

  get ready(): boolean {
    return !this.#ended;
  }

  /** Lets those that wait for a change go. */
  end(): void {
    this.#ended = true;
    for (const each of this.#waiting) each.abort();
  }

  async answer(request: Request): Promise<Reply> {
    const [, place = "", name] = /^\/([a-z]*)(?:\/([\w.=-]+))?$/.exec(request.path) ?? [];
    const methods = /^\/[a-z]*(\/[\w.=-]+)?$/.test(request.path) ? METHODS[place] : undefined;
    if (!methods) return notThere(PLACES);
    if (!methods.includes(request.method)) return wrongMethod(...methods);
    if (!this.ready)
      throw new PluginError("closed", "could not use the fabric: its hub takes no more requests");
    if (request.method === "POST" && ![BYTES, JSON_TYPE].includes(mediaType(request.type)))
      // A page of another origin may send other types without being asked whether it may.
      return problem(415, "argument", `wanted the Content-Type ${BYTES} or ${JSON_TYPE}`);
    if (request.method === "POST") return this.#change(place, name, request);
    return this.#tell(place, name, request);
  }

  async #tell(place: string, name: string | undefined, request: Request): Promise<Reply> {
    const { kv, maxMessageBytes } = this.#fabric;
    const { query } = request;
    const blobs = this.#blobs(query);
    if (place === "") return inJson(200, { fabric: HUB_PROTOCOL, maxMessageBytes });
    if (place === "watch") return this.#watch(query, wholeSignal(request.signal));
    if (place === "keys") return inJson(200, await kv.keys(query.get("prefix") ?? ""));
    if (name === undefined) return notThere(PLACES);
    if (place === "values") {
      const found = await kv.get(name);
      return inAvro(changesBytes(found ? [found] : []));
    }
    if (place === "history") return inAvro(changesBytes(await kv.history(name)));
    if (place === "has") return inJson(200, { has: await blobs.has(name) });
    const blob = await blobs.get(name);
    if (blob) return { status: 200, type: BYTES, content: "file", body: blob };
    const digest = digestFrom(name);
    return problem(404, "not-found", `could not get the blob ${digest}: there is none`);
  }

  async #change(place: string, name: string | undefined, request: Request): Promise<Reply> {
    const { kv } = this.#fabric;
    const blobs = this.#blobs(request.query);
    const wanted = request.query.get("if");
    if (place === "nodes") return this.#said(await request.body());
    if (place === "blobs") return inJson(200, { digest: await blobs.put(await request.body("file")) });
    if (name === undefined) return notThere(PLACES);
    if (place === "remove") return inJson(200, { deleted: await blobs.delete(name) });
    if (place === "delete") {
      const deleted = await kv.delete(name, wanted === null ? undefined : Number(wanted));
      return inJson(200, { deleted });
    }
    const value = await request.body();
    const revision =
      wanted === null
        ? await kv.put(name, value)
        : wanted === "none"
          ? await kv.create(name, value)
          : await kv.update(name, value, Number(wanted));
    return inJson(200, { revision: revision ?? null });
  }

  #blobs(query: URLSearchParams): Blobs {
    return query.get("of") === "payloads" ? this.#fabric.payloads : this.#fabric.blobs;
  }

  async #said(body: Uint8Array): Promise<Reply> {
    const said = nodeSchema.safeParse(jsonOf(body));
    if (!said.success)
      throw new PluginError("argument", "could not take what a node says of itself: it does not fit");
    await this.#roll.say(said.data);
    return inJson(200, { every: EVERY });
  }

  async #watch(query: URLSearchParams, left: AbortSignal): Promise<Reply> {
    const prefix = query.get("prefix") ?? "";
    checkPrefix(prefix, "could not watch");
    const of: MemoryKeyValue = query.get("of") === "nodes" ? this.#roll.nodes : this.#fabric.kv;
    const known = {
      prefix,
      life: query.get("life") ?? "",
      revision: numberOf(query.get("revision"), Number.MAX_SAFE_INTEGER),
    };
    const page = of.page(known);
    const wait = numberOf(query.get("wait"), LONGEST_WAIT);
    if (page.whole || page.changes.length > 0 || wait === 0) return inAvro(pageBytes(page));
    const ending = new AbortController();
    const end = () => ending.abort();
    const clear = after(wait, end, { name: "wait", unref: true });
    left.addEventListener("abort", end, { once: true });
    this.#waiting.add(ending);
    if (left.aborted || this.#ended) end();
    await of.changed(prefix, ending.signal);
    clear();
    this.#waiting.delete(ending);
    left.removeEventListener("abort", end);
    return inAvro(pageBytes(of.page(known)));
  }
}

function inAvro(body: Uint8Array): Reply {
  return { status: 200, type: AVRO, body };
}

/** A number from 0 up. @throws PluginError `argument` */
function numberOf(text: string | null, most: number): number {
  if (text === null) return 0;
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= Number.MAX_SAFE_INTEGER) return Math.min(number, most);
  throw new PluginError("argument", "could not watch: wanted numbers from 0 up as revision and wait");
}
