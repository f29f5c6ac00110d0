/** Frames from peers: whatever comes over a WebSocket or a port, it is a frame that says what it says, or it ends the connection. */
import fc from "fast-check";
import type { Channel, Heard } from "../../host/remote/channel.ts";
import {
  type Frame,
  LENGTH,
  Misframed,
  MOST_HEAD,
  readFrame,
  withRoom,
  writeFrame,
} from "../../host/remote/frame.ts";
import { framedExchange } from "../../host/remote/framed-exchange.ts";
import { attend } from "../../host/remote/framed-server.ts";
import { HeldBytes } from "../../host/remote/held-bytes.ts";
import { Packed, unpacked } from "../../host/remote/packed.ts";
import type { Site } from "../../host/remote/site.ts";
import { type Fuzzer, property } from "./fuzzer.ts";

const MOST = 1_000;
const body = fc.uint8Array({ maxLength: 40 });
const id = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const type = fc.constantFrom(undefined, "application/json", "application/vnd.moult.values");
const trace = fc.constantFrom(undefined, {
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  baggage: "a=1",
});
const path = fc.constantFrom("", "call/text", "swap?dryRun=true", "//host/", "?x", "%", "a:b");
const valid: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant("hello" as const), token: fc.constantFrom("", "0123456789abcdef") }),
  fc.record({ kind: fc.constant("cancel" as const), id }),
  fc.record({ kind: fc.constant("answer" as const), id, status: fc.constantFrom(200, 204, 422), type, body }),
  fc.record({
    kind: fc.constant("request" as const),
    id,
    method: fc.constantFrom("GET" as const, "POST" as const),
    type,
    path,
    trace,
    body,
  }),
);
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  to: fc.integer({ min: 0, max: 255 }),
});
/** Frames, some of their bytes changed, or cut off; bytes of any kind; and what is no bytes. */
const written = fc.record({
  frame: valid,
  changes: fc.array(change, { maxLength: 3 }),
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 4 }),
});
const changed = written.map(({ frame, changes, cut }) => {
  const bytes = writeFrame(frame);
  for (const { at, to } of changes) bytes[Math.floor(at * (bytes.length - 1))] = to;
  return cut === undefined ? bytes : bytes.subarray(0, Math.floor(cut * bytes.length));
});
const sent = fc.oneof(
  { weight: 8, arbitrary: changed },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>("hello", undefined, { length: 6 }, new Uint8Array(MOST + 1)),
  },
);

export const peers: Fuzzer = {
  name: "peers",
  what: "frames with changes, and others' bytes, to both ends of a connection",
  few: 300,
  async property() {
    return property(fc.array(sent, { minLength: 1, maxLength: 8 }), async (messages) => {
      const bytes = messages.filter((each) => each instanceof Uint8Array);
      for (const each of bytes) {
        readAgain(each);
        unpackedWithin(each);
      }
      await packedAgain(bytes);
      await served(messages);
      await asked(messages);
    });
  },
};

/** What is read is written with the same bytes, but for a trace that is left out. */
function readAgain(bytes: Uint8Array): void {
  let frame: Frame;
  try {
    frame = readFrame(bytes);
  } catch (error) {
    if (error instanceof Misframed) return;
    throw error;
  }
  const again = readFrame(writeFrame(frame));
  const plain = (of: Frame) =>
    JSON.stringify(of, (_, value) => (value instanceof Uint8Array ? [...value] : value));
  if (plain(again) !== plain(frame)) throw new Error(`${plain(frame)} is read as ${plain(again)}`);
  if (bytes.length > MOST_HEAD + MOST) throw new Error("a frame without bounds was read");
}

/** Whatever a message of several frames is, they are parts of it that follow each other. */
function unpackedWithin(bytes: Uint8Array): void {
  let at = bytes.byteOffset;
  for (const each of unpacked(bytes)) {
    if (each instanceof Misframed) return;
    if (each.byteOffset !== at + LENGTH) throw new Error("a frame began where the one before had not ended");
    at = each.byteOffset + each.length;
  }
  if (at !== bytes.byteOffset + bytes.length) throw new Error("a message had more than its frames");
}

/** Frames of one turn come as they were sent. */
async function packedAgain(frames: readonly Uint8Array[]): Promise<void> {
  const came: Uint8Array[] = [];
  const packed = new Packed((whole, taken) => {
    came.push(...(unpacked(whole) as Iterable<Uint8Array>));
    taken();
  }, queueMicrotask);
  let taken = 0;
  for (const each of frames) {
    const own = withRoom(each.length);
    own.set(each);
    packed.add(own, () => taken++);
  }
  await turn();
  const shown = (of: readonly Uint8Array[]) => of.map((each) => Buffer.from(each).toString("hex")).join();
  if (shown(came) !== shown(frames)) throw new Error(`${shown(frames)} came as ${shown(came)}`);
  if (taken !== frames.length) throw new Error(`${taken} of ${frames.length} frames were told to be taken`);
}

/** A server answers each request once, holds nothing in the end, and says nothing after its end. */
async function served(messages: readonly unknown[]): Promise<void> {
  const held = new HeldBytes(10 * MOST);
  const answers = new Map<number, number>();
  const requests = new Map<number, number>();
  let over = false;
  const { channel, heard } = wire(
    (frame) => {
      const told = readFrame(frame);
      if (over || told.kind !== "answer")
        throw new Error(`it sent ${told.kind}, ${over ? "after" : "before"} its end`);
      answers.set(told.id, (answers.get(told.id) ?? 0) + 1);
    },
    () => {
      over = true;
    },
  );
  const site: Site = {
    name: "peer",
    ready: true,
    needs: () => undefined,
    async answer(request) {
      const { length } = await request.body();
      if (length > MOST || !request.path.startsWith("/"))
        throw new Error(`a site got ${length} bytes for ${request.path}`);
      return { status: 200, body: new Uint8Array(3) };
    },
  };
  const admit = () => ({ rights: new Set<never>() });
  const bounds = {
    maxBytes: MOST,
    maxFileBytes: MOST,
    maxCalls: 2,
    requestTimeout: Number.POSITIVE_INFINITY,
  };
  attend(channel, { site, admit, held, ...bounds });
  for (const each of messages) {
    if (each instanceof Uint8Array) count(requests, each);
    heard().message(each);
  }
  await turn();
  for (const [id, times] of answers)
    if (times > (requests.get(id) ?? 0)) throw new Error(`request ${id} was answered ${times} times`);
  heard().closed();
  held.take(10 * MOST, "all of it again");
}

function count(requests: Map<number, number>, bytes: Uint8Array): void {
  try {
    const frame = readFrame(bytes);
    if (frame.kind === "request") requests.set(frame.id, (requests.get(frame.id) ?? 0) + 1);
  } catch {}
}

/** A caller gets one answer of its own, or an error that says that the connection broke off. */
async function asked(messages: readonly unknown[]): Promise<void> {
  const { channel, heard } = wire(
    () => {},
    () => {},
  );
  const exchange = framedExchange(async () => channel, undefined);
  const request = {
    method: "GET",
    path: "",
    headers: {},
    signal: new AbortController().signal,
    most: 20,
  } as const;
  const answer = exchange.send(request).then(
    ({ body }) => body.length,
    (error) => {
      if ((error as Error).name !== "Lost") throw error;
      return 0;
    },
  );
  await turn();
  for (const each of messages) heard().message(each);
  heard().closed();
  if ((await answer) > 20) throw new Error("an answer was larger than its bound");
  exchange.close();
}

function wire(onSent: (frame: Uint8Array) => void, onClosed: () => void) {
  let listening: Heard | undefined;
  const channel: Channel = {
    send(frame, taken) {
      onSent(frame);
      taken?.();
    },
    close: onClosed,
    hear: (heard) => {
      listening = heard;
    },
  };
  return { channel, heard: () => listening! };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
