/** What an operator does to rollouts: begins one, goes on, ends it, and goes back. */
import type { Rollout } from "../../release/mod.ts";
import type { Verb } from "../../remote/verb.ts";
import type { PluginView } from "../board.ts";
import { byId, element, tell } from "./element.ts";
import { share } from "./rollout-words.ts";
import { Refused, type Server } from "./server.ts";

export class Lead {
  readonly #server: Server;
  readonly #say: (text: string) => void;
  readonly #version = byId<HTMLSelectElement>("version");
  #verbs: readonly Verb[] = [];
  #plugin: PluginView | undefined;
  #busy = false;
  /** For which plugin and rollout the versions were asked. */
  #asked: string | undefined;

  constructor(server: Server, say: (text: string) => void) {
    this.#server = server;
    this.#say = say;
    const press = (id: string, path: string, body?: object) =>
      byId(id).addEventListener("click", () => void this.#do(path, body));
    press("promote", "promote");
    press("full", "promote", { full: true });
    press("abort", "abort");
    press("back", "back");
    this.#version.addEventListener("change", () => this.#show());
    byId<HTMLFormElement>("begin").addEventListener("submit", (event) => {
      event.preventDefault();
      const [steps, abortOn] = ["steps-text", "bounds-text"].map((id) => byId<HTMLInputElement>(id).value);
      void this.#do("rollout", { to: this.#version.value, steps, abortOn });
    });
  }

  allow(verbs: readonly Verb[]): void {
    this.#verbs = verbs;
    this.#show();
  }

  look(plugin: PluginView | undefined): void {
    this.#plugin = plugin;
    this.#show();
    void this.#offer();
  }

  /** The version that a button leads to. */
  next({ rollout }: PluginView): string | undefined {
    return rollout && isOpen(rollout) ? rollout.to : this.#version.value || undefined;
  }

  #show(): void {
    const { rollout, split, here } = this.#plugin ?? {};
    const may = (verb: Verb) => this.#verbs.includes(verb);
    const open = rollout !== undefined && isOpen(rollout);
    byId("under-way").hidden = !open;
    byId("promote").hidden = !may("swap");
    byId("full").hidden = !may("swap");
    byId("abort").hidden = !may("rollback");
    const paused = rollout?.phase === "paused";
    for (const id of ["promote", "full", "abort", "back", "go"])
      byId<HTMLButtonElement>(id).disabled = this.#busy;
    byId<HTMLButtonElement>("promote").disabled ||= !paused;
    if (open) tell(byId("next-text"), waiting(rollout));
    const returns =
      rollout?.phase === "promoted" && rollout.from !== rollout.to && split?.[0]?.version === rollout.to;
    byId("over").hidden = open || !returns || !may("rollback");
    if (returns) tell(byId("back"), `Roll back to ${rollout.from}`);
    byId("begin").hidden = open || !may("swap") || this.#plugin === undefined || here === true;
    const { value } = this.#version;
    byId<HTMLButtonElement>("go").disabled ||= value === "";
    tell(byId("go"), value === "" ? "No other version is published" : `Roll out ${value}`);
  }

  /** Offers what was published, asked anew for each plugin and after each rollout, and when somebody looks. */
  async #offer(): Promise<void> {
    const { name, rollout, split = [] } = this.#plugin ?? {};
    if (name === undefined || byId("begin").hidden) return;
    const asked = `${name} ${rollout?.id} ${rollout?.phase} ${Math.floor(Date.now() / 5_000)}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    const query = `?plugin=${encodeURIComponent(name)}`;
    const all = await this.#server.get<readonly string[]>(`dashboard/releases${query}`).catch(() => []);
    const others = all.filter((version) => version !== split[0]?.version).sort(newestFirst);
    const { options, value } = this.#version;
    if (others.join("\n") !== [...options].map((each) => each.value).join("\n")) {
      this.#version.replaceChildren(...others.map((version) => optionOf(version)));
      this.#version.value = others.includes(value) ? value : (others[0] ?? "");
    }
    this.#show();
  }

  async #do(path: string, body: object = {}): Promise<void> {
    const { name } = this.#plugin ?? {};
    if (name === undefined || this.#busy) return;
    this.#busy = true;
    this.#say("");
    this.#show();
    try {
      const query = `?plugin=${encodeURIComponent(name)}`;
      await this.#server.post(`dashboard/${path}${query}`, { body: JSON.stringify(body) });
    } catch (error) {
      const silent = "The server did not answer. The rollout tells what became of it.";
      this.#say(error instanceof Refused ? error.message : silent);
    } finally {
      this.#busy = false;
      this.#show();
    }
  }
}

function isOpen({ phase }: Rollout): boolean {
  return phase === "preparing" || phase === "running" || phase === "paused";
}

function waiting({ phase, to, weight, why }: Rollout): string {
  if (phase === "paused") return `${to} waits at ${share(weight)}: ${why}.`;
  return `${to} goes on by itself. It waits for nobody.`;
}

function optionOf(version: string): HTMLOptionElement {
  const option = element("option", {}, version);
  option.value = version;
  return option;
}

function newestFirst(a: string, b: string): number {
  return b.localeCompare(a, "en", { numeric: true });
}
