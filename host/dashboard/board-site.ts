/** A board as a server of HTTP answers for it: a page, what it asks for, and what an operator does there. */
import { PluginError } from "../errors.ts";
import { isGroup, misfit } from "../option.ts";
import { boundsIn, type Rollout, type RolloutOptions, stepsIn } from "../release/mod.ts";
import { jsonOf } from "../remote/json-of.ts";
import { inJson, notThere, type Reply, type Request, type Site, wrongMethod } from "../remote/site.ts";
import type { Rights } from "../remote/tokens.ts";
import { VERBS, type Verb } from "../remote/verb.ts";
import type { Board, Operations } from "./board.ts";
import { FOLDER, shownFile } from "./page-files.ts";

interface Place {
  readonly method: "GET" | "POST";
  readonly verb?: Verb;
  answer(board: Board, request: Request, rights: Rights): Promise<Reply>;
}

const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  ["rights", { method: "GET", answer: async (board, _, rights) => inJson(200, rightsOf(board, rights)) }],
  ["live", { method: "GET", verb: "status", answer: live }],
  ["releases", { method: "GET", verb: "status", answer: releases }],
  ["rollout", operation("swap", (to, name, body) => to.start(name, optionsIn(body)))],
  ["promote", operation("swap", (to, name, body) => to.promote(name, isFull(body)))],
  ["abort", operation("rollback", (to, name) => to.abort(name))],
  ["back", operation("rollback", (to, name) => to.back(name))],
]);

export function boardSite(board: Board): Site & { end(): void } {
  let ready = true;
  return {
    name: "the dashboard",
    get ready() {
      return ready;
    },
    end() {
      ready = false;
    },
    shown: (request) => shownFile(request, "board"),
    needs: ({ path }) => placeAt(path)?.verb,
    async answer(request, rights) {
      const place = placeAt(request.path);
      if (!place) return notThere(`${FOLDER}, ${[...PLACES.keys()].map((name) => FOLDER + name).join(", ")}`);
      if (request.method !== place.method) return wrongMethod(place.method);
      return place.answer(board, request, rights);
    },
  };
}

function placeAt(path: string): Place | undefined {
  return path.startsWith(FOLDER) ? PLACES.get(path.slice(FOLDER.length)) : undefined;
}

function rightsOf({ title, operations }: Board, rights: Rights) {
  return {
    plugin: title,
    verbs: VERBS.filter((verb) => rights.has(verb)),
    operates: operations !== undefined,
  };
}

async function live(board: Board, { query }: Request): Promise<Reply> {
  const since = Number(query.get("since") ?? 0);
  if (!Number.isFinite(since)) throw misfit(query.get("since"), "since", "milliseconds since 1970");
  return inJson(200, await board.look(query.get("plugin") ?? undefined, since));
}

async function releases(board: Board, { query }: Request): Promise<Reply> {
  return inJson(200, (await board.operations?.releases(pluginIn(query))) ?? []);
}

function operation(
  verb: Verb,
  work: (to: Operations, name: string, body: Readonly<Record<string, unknown>>) => Promise<Rollout>,
): Place {
  return {
    method: "POST",
    verb,
    async answer({ operations }, request) {
      if (!operations)
        throw new PluginError("argument", "could not change the split: its shares are its program's to say");
      const bytes = await request.body();
      const body = bytes.length > 0 ? jsonOf(bytes) : {};
      if (!isGroup(body)) throw misfit(body, "the body", "an object in JSON");
      const {
        events: _,
        past: __,
        ...rollout
      } = await work(operations, pluginIn(request.query), body as never);
      return inJson(200, rollout);
    },
  };
}

function pluginIn(query: URLSearchParams): string {
  const name = query.get("plugin");
  if (name) return name;
  throw misfit(name ?? undefined, "plugin", "the name of a plugin");
}

function isFull({ full = false }: Readonly<Record<string, unknown>>): boolean {
  if (typeof full === "boolean") return full;
  throw misfit(full, "full", "true or false");
}

/** Steps and bounds as people write them. @throws PluginError `argument` */
function optionsIn(body: Readonly<Record<string, unknown>>): RolloutOptions {
  const text = (name: string) => {
    const { [name]: value = "" } = body;
    if (typeof value !== "string") throw misfit(value, name, "a text");
    return value.trim();
  };
  const [steps, abortOn] = [text("steps"), text("abortOn")];
  return {
    to: text("to"),
    ...(steps !== "" && { steps: stepsIn(steps) }),
    ...(abortOn !== "" && { analysis: { abortOn: boundsIn(abortOn) } }),
  };
}
