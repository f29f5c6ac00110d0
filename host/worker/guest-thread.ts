/** The thread of a guest: it is told by its host what to do, and asks it for what the guest was granted. */
import { starter } from "#thread";
import { turn } from "../awaitable.ts";
import type { SentImage } from "./bulk.ts";
import { GuestEnd } from "./guest-end.ts";
import { Hosted } from "./hosted.ts";
import type { Answer, Beginning, Order, SentModule } from "./orders.ts";
import { type Posted, PostedGuestEnd } from "./posted.ts";
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

function obey(hosted: Hosted, order: Order<SentImage>): void {
  let answer: Answer;
  try {
    const result = hosted.obey(order);
    answer = { facts: hosted.facts, result };
  } catch (error) {
    answer = { failed: toSend(error), facts: hosted.made ? hosted.facts : undefined };
  }
  host.post(answer);
}

/** Where no memory is shared, every message is posted, and an order before the one that says so. */
async function servePosted(module: SentModule): Promise<never> {
  const end = new PostedGuestEnd((said) => host.post(said), nextPosted);
  const hosted = await Hosted.of(module, end);
  host.post("ready");
  for (;;) {
    const next = await nextPosted<Posted | Order<SentImage>>();
    if ("said" in next) {
      const { kind, about, bytes } = next.said;
      end.send(await hosted.callLater(about, bytes, kind === Kind.again), hosted.fuelUsed);
      hosted.rest();
      continue;
    }
    obey(hosted, next);
    await end.receive();
    end.send(message(Kind.done), hosted.fuelUsed);
  }
}

/** Without an `await` at the top, so that bundlers may put it into a script that is no module. */
async function serve(): Promise<never> {
  const { memory, waits, module } = await nextPosted<Beginning>();
  if (!memory) return servePosted(module);
  const end = new GuestEnd(memory, waits ? undefined : () => host.post("look"));
  const hosted = await Hosted.of(module, end);
  host.post("ready");
  for (;;) {
    const { kind, about, bytes } = end.receive();
    if (kind === Kind.call || kind === Kind.again) {
      const answer = hosted.call(about, bytes, kind === Kind.again);
      end.wire.fuelUsed = hosted.fuelUsed;
      end.send(answer);
      hosted.rest();
      continue;
    }
    obey(hosted, await nextPosted<Order<SentImage>>());
    end.wire.fuelUsed = hosted.fuelUsed;
    end.send(message(Kind.done));
    // Some engines send what was posted only when the thread has a turn of its event loop.
    await turn();
  }
}

// Browsers tell the host of what was thrown, and not of what was rejected.
serve().catch((error: unknown) =>
  queueMicrotask(() => {
    throw error;
  }),
);
