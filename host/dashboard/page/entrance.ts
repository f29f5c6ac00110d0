/** The token, and what it lets the page do. Without a right to look, nothing is there but its form. */
import type { Verb } from "../../remote/verb.ts";
import { byId, tell } from "./element.ts";
import { Refused, type Server } from "./server.ts";

export interface Rights {
  /** What the page is of. */
  readonly plugin: string;
  readonly verbs: readonly Verb[];
  /** Whether there is anything that an operator could do. */
  readonly operates?: boolean;
}

export interface EntranceOptions {
  /** What it takes to look. */
  readonly wants: readonly Verb[];
  /** What the page may do now: besides looking nothing without a token. */
  readonly allow: (verbs: readonly Verb[]) => void;
  /** Looks for the first time. */
  readonly look: () => Promise<void>;
}

export class Entrance {
  locked = true;
  rights: Rights | undefined;
  readonly #server: Server;
  readonly #options: EntranceOptions;

  constructor(server: Server, options: EntranceOptions) {
    this.#server = server;
    this.#options = options;
    byId<HTMLFormElement>("enter").addEventListener("submit", async (event) => {
      event.preventDefault();
      const field = byId<HTMLInputElement>("token");
      // What is no header is no token either.
      server.token = field.value.trim().replace(/[^\x21-\x7e]/g, "?");
      field.value = "";
      this.say("");
      if (await this.enter()) return;
      server.token = undefined;
      field.focus();
    });
    byId("forget").addEventListener("click", () => {
      server.token = undefined;
      this.say("");
      void this.enter();
    });
  }

  say(text: string): void {
    tell(byId("told"), text);
  }

  /** Learns what the page may do. @returns whether it may look */
  async enter(): Promise<boolean> {
    const server = this.#server;
    try {
      const rights = await server.get<Rights>("dashboard/rights");
      if (server.token !== undefined) this.say("");
      if (this.#options.wants.every((verb) => rights.verbs.includes(verb))) {
        this.rights = rights;
        this.#allow(rights.verbs);
        this.#lock(false);
        await this.#options.look();
        return true;
      }
      const wants = `the verb${this.#options.wants.length > 1 ? "s" : ""} ${this.#options.wants.join(" and ")}`;
      const why = `This token may ${rights.verbs.join(", ")}, and not look: it wants ${wants}.`;
      this.say(server.token === undefined ? "" : why);
    } catch (error) {
      if (server.token === undefined && error instanceof Refused) this.say("");
      else
        this.say(
          error instanceof Refused ? "The server does not know this token." : "The server does not answer.",
        );
    }
    const had = server.token;
    server.token = undefined;
    if (had === undefined) this.#lock(true);
    this.#allow([]);
    return false;
  }

  /** What a look failed with. @returns whether the page asks for a token again */
  async failed(error: unknown): Promise<boolean> {
    if (!(error instanceof Refused) || (error.status !== 401 && error.status !== 403)) return false;
    this.#server.token = undefined;
    await this.enter();
    return true;
  }

  #allow(verbs: readonly Verb[]): void {
    const entered = this.#server.token !== undefined;
    byId("enter").hidden = entered;
    byId("operations").hidden = !entered;
    tell(byId("may"), `This token may ${verbs.join(", ")}.`);
    this.#options.allow(entered ? verbs : []);
  }

  #lock(shut: boolean): void {
    this.locked = shut;
    document.body.classList.toggle("locked", shut);
  }
}
