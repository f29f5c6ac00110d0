/** `RESULTS.json`: the figures of every round, for every version of Node. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import type { Skipped } from "./child.ts";
import { BENCH, ROOT } from "./folder.ts";
import type { Figures } from "./rounds.ts";

/** The measured figures of one row. */
export interface Measured {
  readonly date: string;
  readonly command: string;
  readonly figures: readonly Figures[];
  readonly skipped: readonly Skipped[];
  /** Why there are no figures. */
  readonly failed?: string;
}

/** All measurements of one version of Node on one machine, with one set of peers. */
export interface Run {
  readonly node: string;
  readonly machine: string;
  /** Versions of moult and of its peers. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, Measured>>;
}

/** By the major version of Node. */
export type Results = Readonly<Record<string, Run>>;

const PATH = join(BENCH, "RESULTS.json");

export function readResults(): Results {
  return existsSync(PATH) ? (JSON.parse(readFileSync(PATH, "utf8")) as Results) : {};
}

/**
 * Adds a run. Rows of the same Node from another machine, or with other versions of peers, are dropped,
 * because they cannot be compared. Peers that only one of the two has change nothing of the rows of the other.
 */
export function merged(results: Results, run: Run): Results {
  const major = /^v(\d+)/.exec(run.node)![1]!;
  const before = results[major];
  const rows = before && isComparable(before, run) ? { ...before.rows, ...run.rows } : run.rows;
  return { ...results, [major]: { ...run, rows } };
}

function isComparable(before: Run, run: Run): boolean {
  const shared = Object.keys(run.versions).filter((name) => name in before.versions);
  return (
    before.node === run.node &&
    machineOf(before) === machineOf(run) &&
    shared.every((name) => before.versions[name] === run.versions[name])
  );
}

/** Without what the kernel's packager calls it: `Linux 6.18.44-cloud`. */
function machineOf({ machine }: Run): string {
  return machine.replace(/([\d.]+)-[\w.+-]+$/, "$1");
}

export function writeResults(results: Results, markdown: string): void {
  writeFileSync(
    PATH,
    `${JSON.stringify(results, undefined, 1).replace(ROUNDS, (list) => list.replace(/\s+/g, " "))}\n`,
  );
  writeFileSync(join(BENCH, "RESULTS.md"), markdown);
}

/** The long lists of figures, which stay on one line. */
const ROUNDS = /"rounds": \[[^\]]*\]/g;

/** A run without measurements. */
export function thisRun(): Run {
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    node: process.version,
    machine: `${cpus().length} x ${processor}, ${memory} GB, ${type()} ${release()}`,
    versions: versions(),
    rows: {},
  };
}

function versions(): Run["versions"] {
  const of = (folder: string) =>
    (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
  const [own, peers] = [join(ROOT, "node_modules"), join(BENCH, "node_modules")];
  return {
    moult: of(ROOT),
    assemblyscript: of(join(own, "assemblyscript")),
    "@assemblyscript/loader": of(join(own, "@assemblyscript", "loader")),
    "@extism/extism": of(join(peers, "@extism", "extism")),
    "@extism/as-pdk": of(join(peers, "@extism", "as-pdk")),
    "json-as": of(join(peers, "json-as")),
    jco: of(join(peers, "jco")),
    "jco, old": of(join(peers, "jco-1.8")),
    undici: of(join(own, "undici")),
    "@nats-io/transport-node": of(join(own, "@nats-io", "transport-node")),
    "@grpc/grpc-js": of(join(own, "@grpc", "grpc-js")),
    ws: of(join(own, "ws")),
  };
}
