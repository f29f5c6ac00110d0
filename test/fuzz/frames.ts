/** Frames between a host and a thread: whatever stands in the memory, the host's end reads it within bounds or ends. */
import fc from "fast-check";
import { HostEnd } from "../../host/worker/host-end.ts";
import { AREA, HOST, KIND, Kind, makeMemory, message, PIECE, SIZE, TURN } from "../../host/worker/wire.ts";
import { type Fuzzer, property } from "./fuzzer.ts";

const word = fc.oneof(
  fc.constantFrom(0, 1, -1, 64, AREA - 1, AREA, AREA + 1, 2 ** 30, 2 ** 31 - 1, -(2 ** 31)),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: 0, max: 2 * AREA }),
);
const frame = fc.record({ kind: fc.integer({ min: -1, max: 11 }), about: word, size: word, piece: word });

export const frames: Fuzzer = {
  name: "frames",
  what: "headers of any numbers, written by a thread, to the host's end of the wire",
  few: 300,
  async property() {
    return property(fc.array(frame, { minLength: 1, maxLength: 5 }), async (written) => {
      const memory = makeMemory();
      const end = new HostEnd(memory, { begin: () => {}, end: () => {} });
      const { header } = end.wire;
      const left = [...written];
      /** What the thread does with its turn. @returns whether it has anything to say */
      const thread = (): boolean => {
        const next = left.shift();
        if (!next) return false;
        header[KIND] = next.kind;
        header[KIND + 1] = next.about;
        header[SIZE] = next.size;
        header[PIECE] = next.piece;
        Atomics.store(header, TURN, HOST);
        // Who waits is woken, as by a thread: the engine keeps a memory that somebody waits for.
        Atomics.notify(header, TURN);
        end.look();
        return true;
      };
      const ended = new Error("the thread has ended");
      const heard = end.exchange(message(Kind.call, 0)).then(
        ({ bytes }) => bytes.length,
        (error) => {
          if (error !== ended && !/^a thread wrote a frame that is none: /.test((error as Error).message))
            throw error;
          return 0;
        },
      );
      const over = heard.then(() => true);
      // The host has done all that it can with a frame when nothing is left to do at once.
      while (!(await Promise.race([over, turn().then(() => false)]))) if (!thread()) end.end(ended);
      const most = Math.max(AREA, written[0]!.size);
      if ((await heard) > most) throw new Error(`it read ${await heard} bytes of ${most}`);
    });
  },
};

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
