/** A plugin's calls, loading and swaps, measured. */
import type { Plugin } from "../../mod.ts";
import type { AskedCall } from "../given/asked-call.ts";
import { type OpenOptions, openPlugin, type PluginFile } from "../given/plugin-file.ts";
import type { Terminal } from "../terminal.ts";
import { type Batched, type Budget, sample, sampleBatches } from "./sampling.ts";

/** What is measured, and with what. */
export interface Subject {
  readonly terminal: Terminal;
  readonly file: PluginFile;
  /** Compiled once, for all but loading. */
  readonly compiled: WebAssembly.Module;
  readonly open: OpenOptions;
  readonly asked: AskedCall | undefined;
}

/** Calls after which a fresh instance takes their place: a state that grows with each must not fill the memory. */
const MOST_CALLS = 100_000;

/** Calls of `callSync`, one after the other. */
export function measureCallSync(subject: Subject, asked: AskedCall, budget: Budget): Promise<Batched> {
  return withFresh(subject, (fresh) =>
    sampleBatches(async (count) => {
      const again = repeated((await fresh(count)).callSync[asked.name] as Call, asked.args);
      return () => again(count);
    }, budget),
  );
}

/** Calls of `call`, each awaited before the next. */
export function measureCall(subject: Subject, asked: AskedCall, budget: Budget): Promise<Batched> {
  return withFresh(subject, (fresh) =>
    sampleBatches(async (count) => {
      const call = (await fresh(count)).call[asked.name] as Call;
      const { args } = asked;
      return async () => {
        for (let i = 0; i < count; i++) await call(...args);
      };
    }, budget),
  );
}

/** From a module's bytes to a plugin that has answered its first call, where there is one to be made. */
export function measureLoad({ terminal, file, open, asked }: Subject, budget: Budget): Promise<number[]> {
  const bytes = withTail(file.bytes);
  const tail = new DataView(bytes.buffer, bytes.length - TAIL);
  let nth = 0;
  return sample(async () => {
    // An engine keeps what it compiled: each time it has to be another module.
    tail.setUint32(0, ++nth, true);
    const from = performance.now();
    const plugin = await openPlugin(terminal, { ...file, bytes }, open);
    if (asked) await (plugin.call[asked.name] as Call)(...asked.args);
    const took = performance.now() - from;
    await plugin.close();
    return took;
  }, budget);
}

export interface MeasuredSwaps {
  /** Milliseconds in which nobody was served. */
  readonly pauses: readonly number[];
  readonly stateBytes: number;
}

/** Swaps to the same module, with its state, after one call. */
export async function measureSwap(subject: Subject, budget: Budget): Promise<MeasuredSwaps> {
  const { asked, compiled } = subject;
  const plugin = await opened(subject);
  try {
    if (asked) await (plugin.call[asked.name] as Call)(...asked.args);
    let stateBytes = 0;
    const pauses = await sample(async () => {
      const record = await plugin.swap(compiled);
      stateBytes = record.stateBytes;
      return record.pause;
    }, budget);
    return { pauses, stateBytes };
  } finally {
    await plugin.close();
  }
}

type Call = (...args: readonly unknown[]) => unknown;

function opened({ terminal, file, compiled, open }: Subject): Promise<Plugin> {
  return openPlugin(terminal, { ...file, compiled }, open);
}

/** Gives a plugin that has been called less than the most, and closes it in the end. */
async function withFresh<T>(
  subject: Subject,
  work: (fresh: (count: number) => Promise<Plugin>) => Promise<T>,
): Promise<T> {
  let plugin: Plugin | undefined;
  let calls = 0;
  try {
    return await work(async (count) => {
      calls += count;
      if (plugin && calls <= MOST_CALLS) return plugin;
      await plugin?.close();
      plugin = await opened(subject);
      calls = count;
      return plugin;
    });
  } finally {
    await plugin?.close();
  }
}

/** A loop of its own for each number of arguments: spreading them would be measured too. */
function repeated(call: Call, args: readonly unknown[]): (count: number) => void {
  const [a, b] = args;
  switch (args.length) {
    case 0:
      return (count) => {
        for (let i = 0; i < count; i++) call();
      };
    case 1:
      return (count) => {
        for (let i = 0; i < count; i++) call(a);
      };
    case 2:
      return (count) => {
        for (let i = 0; i < count; i++) call(a, b);
      };
    default:
      return (count) => {
        for (let i = 0; i < count; i++) call(...args);
      };
  }
}

const NAME = "moult:bench";
const TAIL = 4;

/** The module with one more custom section, which ends with bytes that may be anything. */
function withTail(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(NAME);
  const section = Uint8Array.of(0, 1 + name.length + TAIL, name.length, ...name, 0, 0, 0, 0);
  const longer = new Uint8Array(bytes.length + section.length);
  longer.set(bytes);
  longer.set(section, bytes.length);
  return longer;
}
