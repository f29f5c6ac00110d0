/** Bodies of answers, piece by piece and up to a bound. */
import { PluginError } from "../errors.ts";

/** The chunks of a body. When the reader stops early, the connection is let go. */
export async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value as Uint8Array;
    }
  } finally {
    if (!ended) void reader.cancel().catch(() => {});
  }
}

/** Releases the connection. */
export function drop({ body }: Response): void {
  if (body && !body.locked) void body.cancel().catch(() => {});
}

/** A small body as it is. @param what it is, for messages @throws PluginError `bad-peer` for a larger one */
export async function smallBody(response: Response, most: number, what: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const refuse = () => new PluginError("bad-peer", `could not read ${what}: it has more than ${most} bytes`);
  if (Number(response.headers.get("content-length")) > most) {
    drop(response);
    throw refuse();
  }
  for await (const chunk of chunksOf(response)) {
    size += chunk.length;
    if (size > most) throw refuse();
    parts.push(chunk);
  }
  return new Uint8Array(Buffer.concat(parts));
}
