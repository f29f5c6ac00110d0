/** The page that a server shows beside its plugin. */
import type { Dashboard } from "../remote/dashboard.ts";
import type { Service } from "../remote/service.ts";
import { inJson, type Site, wrongMethod } from "../remote/site.ts";
import { VERBS, type Verb } from "../remote/verb.ts";
import { type DashboardOptions, isOpenTo } from "./dashboard-options.ts";
import { liveOf } from "./live.ts";
import { FOLDER, shownFile } from "./page-files.ts";

const RIGHTS = `${FOLDER}rights`;
const LIVE = `${FOLDER}live`;

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
  return { open: isOpenTo(options), beside };
}

function beside(site: Site, service: Service): Site {
  return {
    name: site.name,
    get ready() {
      return site.ready;
    },
    shown: (request) => shownFile(request, "plugin") ?? site.shown?.(request),
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
