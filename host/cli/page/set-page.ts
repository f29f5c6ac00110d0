/** The page of several plugins: a tree of which calls which. */
import type { InspectedMember, InspectedSet } from "../inspected/inspected-set.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { heading, rows } from "./page.ts";

export function printSet(terminal: Terminal, set: InspectedSet): void {
  const { plugins, dependencies, asks, order } = set;
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  const called = new Set(dependencies.map(({ to }) => to)).size;
  terminal.print(terminal.style("bold", `${many(plugins.length, "plugin")}, ${called} called by others`));
  for (const line of new Tree(set).lines()) terminal.print(plain(line));
  if (asks.length > 0) {
    heading(terminal, "Left to be granted");
    rows(
      terminal,
      asks.map((each) => [each.plugin, each.interface, each.functions.join(", ")]),
    );
  }
  if (order.length > 0 && dependencies.length > 0) {
    heading(terminal, "They begin in this order");
    rows(terminal, [[order.join(", ")]]);
  }
}

class Tree {
  readonly #set: InspectedSet;
  readonly #drawn = new Set<string>();

  constructor(set: InspectedSet) {
    this.#set = set;
  }

  /** From those that nothing calls; what is called twice is drawn whole once. */
  lines(): string[] {
    const { plugins, dependencies } = this.#set;
    const called = new Set(dependencies.map(({ to }) => to));
    const roots = plugins.filter(({ name }) => !called.has(name));
    const lines = roots.flatMap((each) => this.#branch(each));
    // What goes round in a circle is under no root.
    const rest = plugins.flatMap((each) => (this.#drawn.has(each.name) ? [] : this.#branch(each)));
    return [...lines, ...rest];
  }

  #branch({ name, version }: InspectedMember, calls = ""): string[] {
    const own = this.#set.dependencies.filter(({ from }) => from === name);
    const known = this.#drawn.has(name);
    this.#drawn.add(name);
    const line = `  ${name} ${version}${calls}`;
    if (known) return [own.length > 0 ? `${line}, as above` : line];
    const below = own.flatMap((each, i) => {
      const member = this.#set.plugins.find((one) => one.name === each.to)!;
      const last = i === own.length - 1;
      const [first = "", ...more] = this.#branch(
        member,
        `: ${each.functions.join(", ")} of ${each.interface}`,
      );
      const rest = more.map((text) => `  ${last ? "   " : "│  "}${text.slice(2)}`);
      return [`  ${last ? "└─ " : "├─ "}${first.slice(2)}`, ...rest];
    });
    return [line, ...below];
  }
}
