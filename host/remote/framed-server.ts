/** A site that answers over a channel: many requests at a time, each by the rights of its connection. */
import { PluginError } from "../errors.ts";
import { after } from "../timer.ts";
import type { Channel } from "./channel.ts";
import { type Asking, frameOf, isFramed, Misframed, writeFrame } from "./frame.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { RequestSignal, type SignalLike } from "./request-signal.ts";
import {
  type Admission,
  answered,
  type Bounds,
  bounded,
  boundOf,
  placeOf,
  type Reply,
  type Request,
  refused,
  type Site,
  tooLarge,
} from "./site.ts";

export interface FramedOptions extends Bounds {
  readonly site: Site;
  /** What a connection may do, by its token: `Bearer …`. */
  readonly admit: (authorization: string | undefined) => Admission;
  readonly held: HeldBytes;
  /** Requests of one connection that are under way, at most. */
  readonly maxCalls: number;
  /** Milliseconds in which an answer has to be taken. */
  readonly requestTimeout: number;
}

/** One connection. */
export interface Attended {
  /** Whether no request is under way. */
  readonly isIdle: boolean;
  /** Tells its caller that it takes no more requests. */
  leave(): void;
  /** Takes no more requests, and ends when those under way are answered. */
  stop(): void;
  cut(): void;
}

/** @param onClosed is told when the connection has ended */
export function attend(channel: Channel, options: FramedOptions, onClosed: () => void = () => {}): Attended {
  const { site, admit, held, maxCalls } = options;
  const underWay = new Map<number, RequestSignal>();
  let admission: Admission | undefined;
  let [over, stopping] = [false, false];

  const cut = (why?: string) => {
    if (over) return;
    over = true;
    for (const each of underWay.values()) each.abort();
    channel.close(why);
    onClosed();
  };

  const answer = async (request: Asking) => {
    const { id, body } = request;
    const left = new RequestSignal();
    underWay.set(id, left);
    let reply: Reply;
    let took = 0;
    try {
      if (underWay.size > maxCalls) {
        const why = `${underWay.size - 1} requests of this connection are under way; at most ${maxCalls} may be (maxCalls)`;
        throw new PluginError("queue-full", `could not take a request: ${why}`);
      }
      held.take(body.length, "a request");
      took = body.length;
      admission ??= admit(undefined);
      reply = framed(await answered(site, asked(request, left, options), admission), options);
    } catch (error) {
      reply = refused(error);
    }
    held.give(took);
    underWay.delete(id);
    // Nobody waits for what was cancelled.
    if (!over && !left.aborted) send(id, reply);
    if (stopping && underWay.size === 0) cut("the server takes no more requests");
  };

  const send = (id: number, reply: Reply) => {
    let { status, type, body } = reply;
    try {
      held.take(body.length, "an answer");
    } catch (error) {
      ({ status, type, body } = refused(error));
      channel.send(writeFrame({ kind: "answer", id, status, type, body }));
      return;
    }
    // Who does not take an answer in time is cut off.
    const clear = after(options.requestTimeout, () => cut("it does not take its answers"), {
      name: "requestTimeout",
      unref: true,
    });
    channel.send(writeFrame({ kind: "answer", id, status, type, body }), () => {
      clear();
      held.give(body.length);
    });
  };

  const hear = (data: unknown) => {
    const frame = frameOf(data);
    if (frame.kind === "hello") {
      if (admission) throw new Misframed("it says hello again, or after a request");
      admission = admit(frame.token === "" ? undefined : `Bearer ${frame.token}`);
      // Modules come from those alone who may swap.
      if ("rights" in admission && admission.rights.has("swap")) channel.widen?.();
    } else if (frame.kind === "cancel") underWay.get(frame.id)?.abort();
    else if (frame.kind === "answer") throw new Misframed("a caller sends no answer");
    else if (underWay.has(frame.id)) throw new Misframed("its number is in use");
    else void answer(frame);
  };

  channel.hear({
    message(data) {
      if (over) return;
      try {
        hear(data);
      } catch (error) {
        // Its sender is no caller of ours, or of another time: nothing that follows would be understood.
        cut(error instanceof Misframed ? `no frame: ${error.message}` : "a fault");
      }
    },
    closed: () => cut(),
  });
  return {
    get isIdle() {
      return underWay.size === 0;
    },
    leave: () => channel.leave?.(),
    stop() {
      stopping = true;
      if (underWay.size === 0) cut("the server takes no more requests");
    },
    cut: () => cut(),
  };
}

function asked({ method, path, type, trace, body }: Asking, signal: SignalLike, bounds: Bounds): Request {
  return {
    ...{ method, ...placeOf(`/${path}`), type, trace, signal },
    async body(of) {
      const bound = boundOf(of, bounds);
      if (body.length > bound.most) throw tooLarge(`${body.length} bytes or more`, bound);
      return body;
    },
  };
}

/** @throws PluginError `too-large` for an answer that is; `argument` for one that goes over HTTP alone */
function framed(reply: Reply, options: FramedOptions): Reply {
  if (isFramed(reply.type)) return bounded(reply, options);
  throw new PluginError("argument", `could not send the answer: ${reply.type} is sent over HTTP alone`);
}
