/** Checks a module against the ABI, rule by rule, without running any of its code. */
import type { Examined } from "../../mod.ts";
import { twice } from "./duplicates.ts";
import { lintExports } from "./lint-exports.ts";
import { lintImports } from "./lint-imports.ts";
import { lintMemory } from "./lint-memory.ts";
import type { Linting } from "./linting.ts";

export interface Finding {
  /**
   * An error breaks a rule of the ABI: a host refuses the module, or it traps. A warning is about something
   * unusual.
   */
  readonly level: "error" | "warning";
  readonly text: string;
}

/** Findings that are listed for one module; a hostile one could have millions. */
const MOST = 100;

/** Errors first. */
export function lint(examined: Examined): readonly Finding[] {
  const errors: Finding[] = [];
  const warnings: Finding[] = [];
  const linting: Linting = {
    ...examined,
    error: (text) => void errors.push({ level: "error", text }),
    warn: (text) => void warnings.push({ level: "warning", text }),
  };
  if (!examined.core) linting.warn("its core types are not known, so signatures were not checked");
  lintManifest(linting);
  lintExports(linting);
  lintMemory(linting);
  lintImports(linting);
  const { problem } = examined;
  if (problem !== undefined && !errors.some(({ text }) => text === problem)) linting.error(problem);
  const all = [...errors, ...warnings];
  if (all.length <= MOST) return all;
  const level = errors.length > MOST ? "error" : "warning";
  return [...all.slice(0, MOST), { level, text: `and ${all.length - MOST} more` }];
}

/** Rules about the manifest alone. */
function lintManifest({ manifest, error, warn }: Linting): void {
  const { exports, version } = manifest;
  const names = [manifest.interface, ...manifest.imports.map((each) => each.interface)];
  for (const name of names.filter((each) => each !== undefined && /@[\d.]+-/.test(each))) {
    error(`it names the interface ${name}: a version with more than three numbers is not served`);
  }
  if (exports.length === 0) warn("it serves no function");
  if (manifest.interface === undefined && exports.length > 0) {
    warn(
      "its interface has no name, so hosts cannot tell its versions apart (moult.interface in package.json)",
    );
  }
  if (version === "0.0.0") warn("its version is 0.0.0, as when no package.json says one");
  if (exports.some(({ name }) => name === "then")) {
    warn(
      "its function then cannot be called: JavaScript takes an object with a function of that name for a promise",
    );
  }
  for (const name of twice(exports.map((each) => each.name))) {
    error(`its manifest has two functions of the name ${name}`);
  }
}
