/** The thread of a guest: it is told by its host what to do, and asks it for what the guest was granted. */
import { starter } from "#thread";
import { GuestEnd } from "./guest-end.ts";
import { Hosted } from "./hosted.ts";
import type { Answer, Beginning, Order } from "./orders.ts";
import { toSend } from "./sent-error.ts";
import { Kind, message } from "./wire.ts";

const host = starter();
const posted: unknown[] = [];
let arrived: (() => void) | undefined;

host.onMessage((data) => {
  posted.push(data);
  arrived?.();
});

/** The next message. A thread that waits for its turn gets none. */
async function nextPosted<T>(): Promise<T> {
  while (posted.length === 0) {
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
  }
  return posted.shift() as T;
}

async function obey(hosted: Hosted, order: Order): Promise<void> {
  let answer: Answer;
  let moved: readonly ArrayBuffer[] = [];
  try {
    const result = await hosted.obey(order);
    answer = { facts: hosted.facts, result };
    moved = buffersOf(result);
  } catch (error) {
    answer = { failed: toSend(error), facts: hosted.made ? hosted.facts : undefined };
  }
  host.post(answer, moved);
}

/** What a result has of its own, and need not be copied. */
function buffersOf(result: unknown): readonly ArrayBuffer[] {
  if (result instanceof Uint8Array) return [result.buffer as ArrayBuffer];
  const { memory } = Object(result) as { readonly memory?: unknown };
  return memory instanceof Uint8Array ? [memory.buffer as ArrayBuffer] : [];
}

const { memory, waits, module } = await nextPosted<Beginning>();
const end = new GuestEnd(memory, waits ? undefined : () => host.post("look"));
const hosted = new Hosted(module, end);
host.post("ready");

for (;;) {
  const { kind, about, bytes } = end.receive();
  if (kind === Kind.call || kind === Kind.again) {
    const answer = hosted.call(about, bytes, kind === Kind.again);
    end.wire.fuelUsed = hosted.fuelUsed;
    end.send(answer);
    continue;
  }
  await obey(hosted, await nextPosted<Order>());
  end.wire.fuelUsed = hosted.fuelUsed;
  end.send(message(Kind.done));
}
