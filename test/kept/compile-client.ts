/** Orders of the compiler that the processes of a run share. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Order, type Said, splitter } from "./orders.ts";
import { tools } from "./tools.ts";

interface Line {
  readonly socket: Socket;
  readonly pending: Map<number, (told: Said["told"]) => void>;
}

let line: Promise<Line | undefined> | undefined;
let ids = 0;

/** @returns null where there is no such compiler, or it crashed: whoever orders does it alone then */
export async function ordered(wanted: Order["wanted"]): Promise<Said["told"]> {
  const { MOULT_COMPILER: pipe } = process.env;
  if (!pipe) return null;
  line ??= opened(pipe);
  const open = await line;
  if (open === undefined) return null;
  const { socket, pending } = open;
  const id = ids++;
  return new Promise((resolve) => {
    pending.set(id, resolve);
    // A process that waits for nothing else may end.
    socket.ref();
    socket.write(`${JSON.stringify({ id, tools: tools(), wanted } satisfies Order)}\n`);
  });
}

async function opened(pipe: string): Promise<Line | undefined> {
  const socket = connect(pipe);
  const pending: Line["pending"] = new Map();
  const take = (id: number, told: Said["told"]) => {
    const answer = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) socket.unref();
    answer?.(told);
  };
  const read = splitter((said) => take((said as Said).id, (said as Said).told));
  socket.setEncoding("utf8").on("data", read);
  socket.on("error", () => {});
  socket.on("close", () => {
    line = undefined;
    for (const id of pending.keys()) take(id, null);
  });
  const ready = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  return ready ? { socket, pending } : undefined;
}
