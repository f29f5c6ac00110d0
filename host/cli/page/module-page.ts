/** A module's page, for people. */
import type { InspectedModule, InspectedPlugin } from "../inspected/inspected-module.ts";
import { classRows } from "../inspected/state-classes.ts";
import type { Memory } from "../inspected/wasm-module.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { bytes, count, heading, rows } from "./page.ts";

/** The number of largest functions that are listed. */
const LARGEST = 10;

export function printModule(terminal: Terminal, file: string, module: InspectedModule): void {
  const { plugin } = module;
  const title = plugin ? `${plugin.name} ${plugin.version}` : `${file}: a WebAssembly module, no plugin`;
  terminal.print(terminal.style("bold", plain(title)));
  rows(terminal, facts(module, file));
  if (plugin) printPlugin(terminal, plugin);
  else printExports(terminal, module);
  if (module.foreign.length > 0) {
    heading(terminal, "Imports that are no permissions");
    rows(
      terminal,
      module.foreign.map((each) => [`${each.module}.${each.name}`, each.kind, each.type ?? ""]),
    );
  }
  printSizes(terminal, module);
}

function facts({ plugin, gzip, ...module }: InspectedModule, file: string): string[][] {
  const small = gzip === undefined ? "" : `, ${count(gzip)} with gzip`;
  const facts = [["file", `${file}: ${count(module.bytes)} bytes${small}`]];
  if (plugin) {
    const { producer, strings, hooks, copyable } = plugin;
    if (producer !== undefined) facts.push(["made by", producer]);
    facts.push(["interface", plugin.interface ?? "none: its functions stand alone"]);
    facts.push(["ABI", `moult ${plugin.abi.join(", ") || "of no version"}, strings as ${strings}`]);
    facts.push(["hooks", hooks.join(", ") || "none"]);
    facts.push([
      "copies",
      copyable ? "can be made of it" : "cannot be made of it: a save that traps ends it",
    ]);
  } else {
    facts.push(["kind", "no manifest of moult"]);
    const { madeFor } = module;
    if (madeFor) {
      facts.push(["looks like", `${madeFor.looksLike}: ${madeFor.because}`], ["what helps", madeFor.help]);
    }
  }
  facts.push(...memoryRows(module.memories));
  facts.push(["SHA-256", module.sha256]);
  if (module.signatures.length > 0) facts.push(["signatures", signers(module.signatures)]);
  return facts;
}

/** Which keys they name: that is claimed, and was not checked. */
function signers(signatures: InspectedModule["signatures"]): string {
  const named = signatures.map(({ keyId, algorithm }) => {
    const key = keyId === "" ? "a key without a name" : `key ${keyId}`;
    return algorithm === "Ed25519" ? key : `${key} (algorithm ${algorithm})`;
  });
  return `said to be by ${named.join(", ")}; moult verify checks them`;
}

/** The number of memories that are listed one by one. */
const MOST_MEMORIES = 8;

function memoryRows(memories: readonly Memory[]): string[][] {
  if (memories.length === 0) return [["memory", "none"]];
  const rows = memories.slice(0, MOST_MEMORIES).map((memory, i) => {
    return [memories.length === 1 ? "memory" : `memory ${i}`, memorySize(memory)];
  });
  const more = memories.length - rows.length;
  return more > 0 ? [...rows, ["", `and ${count(more)} more`]] : rows;
}

function memorySize({ initial, maximum, imported, ...memory }: Memory): string {
  const most = maximum === undefined ? "no maximum of its own" : `at most ${bytes(maximum)}`;
  const { addresses, shared, pageSize } = memory;
  return [
    `${bytes(initial)} to begin with`,
    most,
    ...(addresses ? [`addresses of ${addresses} bits`] : []),
    ...(shared ? ["shared between threads"] : []),
    ...(pageSize === undefined ? [] : [`in pages of ${bytes(pageSize)}`]),
    ...(imported ? ["given by the host"] : []),
  ].join(", ");
}

function printPlugin(terminal: Terminal, plugin: InspectedPlugin): void {
  heading(terminal, "Functions");
  rows(terminal, orNone(plugin.functions.map(({ name, type }) => [name, type])));
  heading(terminal, "Permissions: what it can reach when it is granted");
  const permissions = plugin.permissions.flatMap(({ interface: wanted, grant, functions }) => [
    [wanted, grant ? `run it with --grant ${grant}` : "a capability of the host's own"],
    ...functions.map(({ name, type }) => [`  ${name}`, type]),
  ]);
  rows(terminal, permissions.length > 0 ? permissions : [["none: it reaches nothing"]]);
  heading(terminal, "State");
  printState(terminal, plugin.state);
  if (plugin.variables.length === 0) return;
  heading(terminal, "Beside the state: begins anew with every version");
  const meant = (transient?: boolean) => (transient ? "@transient" : "");
  rows(
    terminal,
    plugin.variables.map(({ name, file, transient }) => [name, file, meant(transient)]),
  );
}

function printState(terminal: Terminal, state: InspectedPlugin["state"]): void {
  if (!state) {
    rows(terminal, [["none: it keeps nothing from version to version"]]);
    return;
  }
  rows(terminal, state.opaque ? [["bytes of its author's own making"]] : classRows(state.classes));
  const older = state.migrations.filter(({ nested }) => !nested).map(({ name }) => name);
  const steps = [...older.reverse(), state.classes[0]?.name ?? "state"];
  const inside = state.migrations.flatMap(({ nested = [] }) => nested);
  rows(terminal, [
    ["fingerprint", state.fingerprint],
    ...(steps.length > 1 ? [["steps", steps.join(" -> ")]] : []),
    ...(inside.length > 0 ? [["steps inside", inside.join(", ")]] : []),
  ]);
  for (const { name, classes, nested } of state.migrations) {
    heading(terminal, `Older state that it takes: ${name}${nested ? ", with older classes inside" : ""}`);
    rows(terminal, classRows(classes));
  }
}

function printExports(terminal: Terminal, { exports }: InspectedModule): void {
  heading(terminal, "Exports");
  rows(terminal, orNone(exports.map(({ name, kind, type }) => [name, kind, type ?? ""])));
}

function printSizes(terminal: Terminal, module: InspectedModule): void {
  heading(terminal, "Size");
  rows(
    terminal,
    module.parts.map(({ name, bytes }) => [name, count(bytes), share(bytes, module.bytes)]),
    [1, 2],
  );
  const { functions } = module;
  if (functions.length > 0) {
    heading(terminal, `The largest of ${count(functions.length)} functions`);
    rows(
      terminal,
      functions
        .slice(0, LARGEST)
        .map(({ name, index, size }) => [
          name ?? `function ${index}`,
          count(size),
          share(size, module.bytes),
        ]),
      [1, 2],
    );
  }
  heading(terminal, "Sections");
  rows(
    terminal,
    module.sections.map(({ name, custom, at, size }) => [
      custom ? `custom ${JSON.stringify(name)}` : name,
      `at ${count(at)}`,
      count(size),
    ]),
    [1, 2],
  );
}

function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

function orNone(found: string[][]): string[][] {
  return found.length > 0 ? found : [["none"]];
}
