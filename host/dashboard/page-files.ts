/** The files of the page, from the package's own folder. */
import { readFile } from "node:fs/promises";
import { PluginError } from "../errors.ts";
import { type Reply, type Request, wrongMethod } from "../remote/site.ts";

/**
 * Nothing but its own files, nothing inline, in no frame. Texts of others become text: no script can make markup of
 * one by mistake, as there is no policy by which it could.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Which page: of one plugin, or of a board. */
export type Kind = "plugin" | "board";

export const FOLDER = "/dashboard/";

const STYLE = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const PAGE = "text/html; charset=utf-8";
const ICON = "image/svg+xml";
type Files = ReadonlyMap<string, readonly [type: string, path: string]>;
/** Of both pages. */
const SHARED: Files = new Map([
  ["page.css", [STYLE, "../../host/dashboard/page/page.css"]],
  ["icon.svg", [ICON, "../../host/dashboard/page/icon.svg"]],
]);
/** By name: its type, and where it lies from here, which is two folders below the package's, bundled or not. */
const FILES: Readonly<Record<Kind, Files>> = {
  plugin: new Map([
    ["", [PAGE, "../../host/dashboard/page/page.html"]],
    ...SHARED,
    ["page.js", [SCRIPT, "../../dist/bundle/dashboard-page.js"]],
  ]),
  board: new Map([
    ["", [PAGE, "../../host/dashboard/page/board.html"]],
    ...SHARED,
    ["board.css", [STYLE, "../../host/dashboard/page/board.css"]],
    ["page.js", [SCRIPT, "../../dist/bundle/dashboard-board.js"]],
  ]),
};

/** A file of a page, which everybody may have. @returns nothing for another name @throws PluginError `unavailable` */
export function shownFile({ method, path }: Request, kind: Kind): Promise<Reply> | undefined {
  // What the page names beside itself lies in its folder.
  if (path === FOLDER.slice(0, -1) || (kind === "board" && path === "/"))
    return Promise.resolve(elsewhere(`.${FOLDER}`));
  const [type, file] = (path.startsWith(FOLDER) && FILES[kind].get(path.slice(FOLDER.length))) || [];
  if (type === undefined || file === undefined) return undefined;
  return method === "GET" ? read(type, file) : Promise.resolve(wrongMethod("GET"));
}

/** @param path from where it was asked for, whatever a proxy put before it */
function elsewhere(path: string): Reply {
  return { status: 308, body: new Uint8Array(0), headers: { Location: path } };
}

async function read(type: string, path: string): Promise<Reply> {
  try {
    const body = await readFile(new URL(path, import.meta.url));
    return { status: 200, type, body, headers: HEADERS };
  } catch (cause) {
    const file = path.split("/").at(-1);
    throw new PluginError("unavailable", `could not show the dashboard: ${file} is not in the package`, {
      cause,
    });
  }
}
