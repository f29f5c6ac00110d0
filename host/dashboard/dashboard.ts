/** The page that a server shows beside its plugin. */
import { PluginError } from "../errors.ts";
import { checkGroup } from "../option.ts";
import type { Dashboard } from "../remote/dashboard.ts";
import type { Service } from "../remote/service.ts";
import { inJson, type Reply, type Request, type Site, wrongMethod } from "../remote/site.ts";
import { VERBS, type Verb } from "../remote/verb.ts";
import { liveOf } from "./live.ts";
import { pageFile } from "./page-files.ts";

export interface DashboardOptions {
  /**
   * Whether it shows itself to this machine without a token: versions, figures, the history. To change anything wants
   * a token all the same.
   * @default false: it asks for a token with the verbs `status` and `history`
   */
  readonly open?: boolean;
}

const FOLDER = "/dashboard/";
const RIGHTS = `${FOLDER}rights`;
const LIVE = `${FOLDER}live`;
const NOTHING = new Uint8Array(0);

/**
 * A page at `/dashboard/` of the plugin's server: what serves, calls and errors as they come, every swap with its phases,
 * and buttons to swap, accept and roll back for who enters a token that may.
 *
 * @throws PluginError `argument`
 * @example
 * const operators = { token, verbs: ["swap", "rollback", "history", "status"] };
 * await serve(plugin, http({ port: 8080, token: operators, dashboard: dashboard() }));
 */
export function dashboard(options: DashboardOptions = {}): Dashboard {
  checkGroup(options, "options");
  const { open = false } = options;
  if (typeof open !== "boolean")
    throw new PluginError("argument", "could not make a dashboard: open is true or false");
  return { open, beside };
}

function beside(site: Site, service: Service): Site {
  return {
    name: site.name,
    get ready() {
      return site.ready;
    },
    shown: (request) => shown(request) ?? site.shown?.(request),
    needs: (request) => (OWN.has(request.path) ? OWN.get(request.path) : site.needs?.(request)),
    answer: async (request, rights) => {
      if (!OWN.has(request.path)) return site.answer(request, rights);
      if (request.method !== "GET") return wrongMethod("GET");
      if (request.path === LIVE) return inJson(200, liveOf(service));
      return inJson(200, { plugin: site.name, verbs: VERBS.filter((verb) => rights.has(verb)) });
    },
  };
}

/** What is asked for besides the files, and what it needs. */
const OWN: ReadonlyMap<string, Verb | undefined> = new Map([
  [RIGHTS, undefined],
  [LIVE, "status"],
]);

function shown({ method, path }: Request): Promise<Reply> | undefined {
  // What the page names beside itself lies in its folder.
  if (path === FOLDER.slice(0, -1)) return Promise.resolve(elsewhere(`.${FOLDER}`));
  const file = path.startsWith(FOLDER) ? pageFile(path.slice(FOLDER.length)) : undefined;
  return file && method !== "GET" ? Promise.resolve(wrongMethod("GET")) : file;
}

/** @param path from where it was asked for, whatever a proxy put before it */
function elsewhere(path: string): Reply {
  return { status: 308, body: NOTHING, headers: { Location: path } };
}
