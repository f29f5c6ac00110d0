/** Requests to a server, by `fetch`: for pages, and for runtimes without Node's modules. */
import { PluginError } from "../errors.ts";
import type { Asked, Exchange, ExchangeOptions, Told } from "./exchanged.ts";
import { gatheredAnswer, Lost, passed } from "./exchanged.ts";
import { wholeSignal } from "./request-signal.ts";

/** @throws PluginError `argument` for authorities: a page trusts those of its browser */
export function exchangeWith(base: URL, { ca }: ExchangeOptions): Exchange {
  if (ca) throw new PluginError("argument", "could not use ca: a page trusts what its browser trusts");
  return { send: (asked) => send(base, asked), close: () => {} };
}

async function send(base: URL, { method, path, headers, body, signal, most }: Asked): Promise<Told> {
  let response: Response;
  try {
    response = await fetch(new URL(path, base), {
      method,
      headers: { ...headers },
      ...(body && { body: body.slice() }),
      signal: wholeSignal(signal),
      redirect: "error",
      credentials: "omit",
      cache: "no-store",
    });
  } catch (cause) {
    signal.throwIfAborted();
    // It is not told whether the connection was made.
    const why = "no server answers, it sent a redirect, or it is not open to this page";
    throw new Lost(why, method === "POST", cause);
  }
  const gathered = gatheredAnswer(most);
  const reader = response.body?.getReader();
  try {
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) gathered.add(read.value);
  } catch (cause) {
    void reader?.cancel().catch(() => {});
    signal.throwIfAborted();
    throw cause instanceof Lost ? cause : new Lost("its answer broke off", true, cause);
  }
  const type = response.headers.get("content-type") ?? undefined;
  return passed({ status: response.status, type, body: gathered.whole });
}
