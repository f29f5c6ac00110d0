/** Whether a folder's node_modules matches its package-lock.json, by npm's own list of what it installed. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @param {string} root @returns {boolean} */
export function installed(root) {
  const wanted = packagesIn(join(root, "package-lock.json"));
  const found = packagesIn(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    // npm does not install packages for other platforms.
    if (found[path] === undefined) return optional === true;
    return found[path].version === version && existsSync(join(root, path));
  });
}

function packagesIn(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    // The list was half written when npm was interrupted.
    return undefined;
  }
}
