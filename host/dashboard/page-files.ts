/** The files of the page, from the package's own folder. */
import { readFile } from "node:fs/promises";
import { PluginError } from "../errors.ts";
import type { Reply } from "../remote/site.ts";

/**
 * Nothing but its own files, nothing inline, in no frame. Texts of others become text: no script can make markup of
 * one by mistake, as there is no policy by which it could.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
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

/** By name: its type, and where it lies from here, which is two folders below the package's, bundled or not. */
const FILES: ReadonlyMap<string, readonly [type: string, path: string]> = new Map([
  ["", ["text/html; charset=utf-8", "../../host/dashboard/page/page.html"]],
  ["page.css", ["text/css; charset=utf-8", "../../host/dashboard/page/page.css"]],
  ["page.js", ["text/javascript; charset=utf-8", "../../dist/bundle/dashboard-page.js"]],
]);

/** @returns nothing for another name @throws PluginError `unavailable` */
export function pageFile(name: string): Promise<Reply> | undefined {
  const [type, path] = FILES.get(name) ?? [];
  return type === undefined || path === undefined ? undefined : read(type, path);
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
