/** What an operator does: swap, accept, roll back, and abort. */
import type { Verb } from "../../remote/verb.ts";
import type { Transition } from "../../transition.ts";
import type { Live } from "../live.ts";
import { byId, tell } from "./element.ts";
import { Refused, type Server } from "./server.ts";
import { count, named, told } from "./words.ts";

export class Operator {
  readonly #server: Server;
  readonly #say: (text: string) => void;
  readonly #module = byId<HTMLInputElement>("module");
  readonly #go = byId<HTMLButtonElement>("go");
  #verbs: readonly Verb[] = [];
  #leaving: AbortController | undefined;

  constructor(server: Server, say: (text: string) => void) {
    this.#server = server;
    this.#say = say;
    this.#module.addEventListener("change", () => this.#show());
    byId<HTMLFormElement>("swap").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#swap();
    });
    byId("abort").addEventListener("click", () => this.#leaving?.abort());
    byId("accept").addEventListener("click", () => this.#do((signal) => server.post("accept", { signal })));
    byId("back").addEventListener("click", () => this.#do((signal) => server.post("rollback", { signal })));
  }

  /** @param verbs what its token may do; nothing without one */
  allow(verbs: readonly Verb[]): void {
    this.#verbs = verbs;
    byId("swap").hidden = !this.#verbs.includes("swap");
    this.#show();
  }

  look({ probation, version }: Live): void {
    const may = (verb: Verb) => this.#verbs.includes(verb);
    byId("trial").hidden = !probation || !(may("swap") || may("rollback"));
    byId("accept").hidden = !may("swap");
    byId("back").hidden = !may("rollback");
    if (!probation) return;
    const { incumbent, calls, bad } = probation;
    const text = `G${named(version).slice(1)} is on probation: ${count(calls)} calls, ${count(bad)} bad. `;
    tell(byId("trial-text"), `${text}It can go back to ${named(incumbent)}.`);
  }

  #show(): void {
    const file = this.#module.files?.[0];
    this.#go.disabled = !file || this.#leaving !== undefined;
    const text = this.#leaving ? "Swapping" : file ? `Swap in ${file.name}` : "Swap it in";
    tell(this.#go, text);
    byId("abort").hidden = this.#leaving === undefined;
    for (const id of ["accept", "back"]) byId<HTMLButtonElement>(id).disabled = this.#leaving !== undefined;
  }

  async #swap(): Promise<void> {
    const file = this.#module.files?.[0];
    if (!file) return;
    const query = byId<HTMLInputElement>("probation").checked ? "?probation=true" : "";
    const done = await this.#do((signal) => this.#server.post(`swap${query}`, { body: file, signal }));
    if (done) this.#module.value = "";
    this.#show();
  }

  async #do(work: (signal: AbortSignal) => Promise<Transition | undefined>): Promise<boolean> {
    if (this.#leaving) return false;
    const leaving = new AbortController();
    this.#leaving = leaving;
    this.#say("");
    this.#show();
    try {
      const record = await work(leaving.signal);
      if (record) this.#say(told(record));
      return true;
    } catch (error) {
      this.#say(whyNot(error, leaving.signal.aborted));
      return false;
    } finally {
      this.#leaving = undefined;
      this.#show();
    }
  }
}

function whyNot(error: unknown, aborted: boolean): string {
  if (aborted) return "Aborted. Changes tell whether it was in time.";
  if (error instanceof Refused) return error.message;
  return "The server did not answer. Changes tell what became of it.";
}
