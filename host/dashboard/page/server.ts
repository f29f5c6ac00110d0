/** The server that this page came from, and the token that it is asked with. */

/** What the server refused, in its own words. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Milliseconds that an answer to a look may take. */
const PATIENCE = 10_000;

export class Server {
  /** In this page's memory, and nowhere else. */
  token: string | undefined;

  /** @throws Refused; TypeError where no server answers, DOMException where none does in time */
  get<T>(path: string): Promise<T> {
    const signal = AbortSignal.timeout(PATIENCE);
    return this.#ask<T>(path, { method: "GET", signal }) as Promise<T>;
  }

  /** @param init.body JSON, or a module @returns nothing for an answer without a body @throws as `get` does */
  post<T>(
    path: string,
    init: { readonly body?: Blob | string; readonly signal?: AbortSignal } = {},
  ): Promise<T | undefined> {
    return this.#ask<T>(path, { method: "POST", ...init });
  }

  async #ask<T>(path: string, init: RequestInit): Promise<T | undefined> {
    const headers = new Headers();
    if (this.token !== undefined) headers.set("Authorization", `Bearer ${this.token}`);
    if (init.body)
      headers.set("Content-Type", typeof init.body === "string" ? "application/json" : "application/wasm");
    const response = await fetch(`../${path}`, {
      ...init,
      headers,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    const json = response.status === 204 ? undefined : await response.json().catch(() => undefined);
    if (response.ok) return json as T | undefined;
    const { title, detail } = (json ?? {}) as { readonly title?: unknown; readonly detail?: unknown };
    const why =
      typeof detail === "string" ? `[${title}] ${detail}` : `the server answered ${response.status}`;
    throw new Refused(response.status, why);
  }
}
