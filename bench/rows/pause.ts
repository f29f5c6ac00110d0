/** The pause in which no version serves while the code is replaced. */
import { load, type Plugin, type Transition } from "moult";
import { type Case, type Context, same } from "../case.ts";
import { Echo, State } from "../contract.ts";
import { type Loaded, loader, read } from "../peers/assemblyscript.ts";
import { quantile } from "../spread.ts";

const MEGABYTE = 1_000_000;

export async function stateless({ guests, quick }: Context): Promise<Case[]> {
  const module = read(guests, "echo.wasm");
  const plugin = await load(Echo, module);
  return [
    {
      name: "moult",
      role: "moult",
      note: "inside the host: from the beginning of the pause to the cutover",
      check: () => same(plugin.callSync.add(40, 2), 42, "moult"),
      sample: async (n) => {
        const pauses: number[] = [];
        for (let i = 0; i < n; i++) pauses.push((await plugin.swap(module)).pause * 1e6);
        pauses.sort((a, b) => a - b);
        return { "moult, median": quantile(pauses, 0.5), "moult, p99": quantile(pauses, 0.99) };
      },
      n: quick ? 20 : 500,
    },
  ];
}

export async function megabyte({ guests }: Context): Promise<Case[]> {
  const module = read(guests, "state.wasm");
  const plugin = await load(State, module);
  plugin.callSync.fill(MEGABYTE);
  const [from, to] = [new Uint8Array(MEGABYTE).fill(1), new Uint8Array(MEGABYTE).fill(2)];
  let held = loader(read(guests, "by-hand.wasm"));
  held.fill!(MEGABYTE);
  return [
    {
      name: "moult",
      role: "moult",
      note: "inside the host",
      check: () => same(plugin.callSync.size(), MEGABYTE, "moult"),
      sample: async (n) => {
        let pause = 0;
        for (let i = 0; i < n; i++) pause += (await plugin.swap(module)).pause;
        return (pause * 1e6) / n;
      },
      n: 5,
    },
    {
      name: "one memcpy between warm buffers",
      role: "limit",
      check: () => same(to.length, MEGABYTE, "memcpy"),
      sample: (n) => {
        const began = performance.now();
        for (let i = 0; i < n; i++) to.set(from);
        return ((performance.now() - began) * 1e6) / n;
      },
      n: 5,
    },
    {
      name: "by hand",
      role: "peer",
      note: "no moult: compile, instantiate and copy through JavaScript, all in the pause",
      check: () => same(held.size!(), MEGABYTE, "by hand"),
      sample: (n) => {
        let time = 0;
        for (let i = 0; i < n; i++) {
          const began = performance.now();
          const next = loader(read(guests, "by-hand.wasm"));
          const bytes = held.__getUint8Array(held.bytesOf!());
          next.takeBytes!(next.__newArray(idOf(next), bytes));
          held = next;
          time += performance.now() - began;
        }
        return (time * 1e6) / n;
      },
      n: 5,
    },
  ];
}

export async function entries({ guests, quick }: Context): Promise<Case[]> {
  const count = quick ? 10_000 : 1_000_000;
  const module = read(guests, "state.wasm");
  const plugin = await load(State, module);
  plugin.callSync.enter(count);
  let held = loader(read(guests, "by-hand.wasm"));
  held.enter!(count);
  return [
    {
      name: "moult",
      role: "moult",
      note: "no phase copies ahead yet: the whole state crosses in the pause",
      check: () => same(plugin.callSync.size(), count, "moult"),
      sample: async () => {
        const { record, stall } = await underWrites(plugin, () => plugin.swap(module), count);
        return { "moult, pause": record.pause * 1e6, "moult, worst stall of a write": stall * 1e6 };
      },
      n: 1,
    },
    {
      name: "by hand",
      role: "peer",
      note: "no moult: a successor made before; the guest writes its entries as bytes and reads them again",
      check: () => same(held.size!(), count, "by hand"),
      sample: () => {
        const next = loader(read(guests, "by-hand.wasm"));
        const began = performance.now();
        const bytes = held.__getUint8Array(held.saveEntries!());
        next.restoreEntries!(next.__newArray(idOf(next), bytes));
        held = next;
        return (performance.now() - began) * 1e6;
      },
      n: 1,
    },
  ];
}

function idOf(loaded: Loaded): number {
  return (loaded.Uint8Array_ID as unknown as WebAssembly.Global).value as number;
}

const WRITES_PER_MS = 20;

/** Writes at 20,000 a second while the swap is under way. @returns the longest delay of a write */
async function underWrites(
  plugin: Plugin<typeof State>,
  swap: () => Promise<Transition>,
  count: number,
): Promise<{ record: Transition; stall: number }> {
  const { write } = plugin.call;
  let [stall, written, over] = [0, 0, false];
  const began = performance.now();
  const record = swap().finally(() => {
    over = true;
  });
  // Once more at the end, because writes that were due during the pause were delayed most.
  for (let last = false; !last; ) {
    last = over;
    const due = Math.floor((performance.now() - began) * WRITES_PER_MS);
    while (written < due) {
      // No more writes at a time than may wait at the gate.
      const turn = Math.min(due, written + 1000);
      const answers: Promise<void>[] = [];
      for (; written < turn; written++) {
        const at = began + written / WRITES_PER_MS;
        answers.push(
          write(written % count).then(() => {
            stall = Math.max(stall, performance.now() - at);
          }),
        );
      }
      await Promise.all(answers);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { record: await record, stall };
}
