/**
 * The transport by `fetch`: for browsers, and runtimes without Node's modules. What name leads to which address
 * is not told there, and redirects are followed or refused unseen: they are refused.
 */
import { Gathered } from "../../gathered.ts";
import type { Hop, HttpTransport, Reply } from "./transport.ts";

export function httpTransport(): HttpTransport {
  return { checks: false, send };
}

async function send(hop: Hop): Promise<Reply> {
  const { url, method, headers, body, signal, failure } = hop;
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body.length > 0 && { body: body.slice() }),
      signal,
      redirect: "error",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
    return { status: response.status, headers: [...response.headers], body: await bodyOf(response, hop) };
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof TypeError)) throw cause;
    throw failure(
      "unreachable",
      `${url.host} did not answer, or sent a redirect, or is not open to this page`,
      cause,
    );
  }
}

async function bodyOf({ body }: Response, { maxResponseBytes, failure }: Hop): Promise<Uint8Array> {
  const why = (found: number) =>
    `found an answer of ${found} bytes or more, wanted at most ${maxResponseBytes} (maxResponseBytes)`;
  const gathered = new Gathered(maxResponseBytes, (found) => failure("too-large", why(found)));
  const reader = body?.getReader();
  try {
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) gathered.add(read.value);
  } catch (error) {
    await reader?.cancel().catch(() => {});
    throw error;
  }
  return gathered.whole;
}
