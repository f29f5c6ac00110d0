/** Measures a plugin's calls, loading and swaps. */
import type { Plugin } from "../../mod.ts";
import type { AskedCall } from "../given/asked-call.ts";
import { type OpenOptions, openPlugin, type PluginFile } from "../given/plugin-file.ts";
import type { Terminal } from "../terminal.ts";
import { type Batched, type Budget, sample, sampleBatches } from "./sampling.ts";

/** The plugin that is measured, and its call. */
export interface Subject {
  readonly terminal: Terminal;
  readonly file: PluginFile;
  /** Compiled once, for everything but loading. */
  readonly compiled: WebAssembly.Module;
  readonly open: OpenOptions;
  readonly asked: AskedCall | undefined;
}

/**
 * After this number of calls a fresh instance is used, because a state that grows with each call must not
 * fill the memory.
 */
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

/** Measures loading, from a module's bytes to the first answer, if there is a call to make. */
export function measureLoad({ terminal, file, open, asked }: Subject, budget: Budget): Promise<number[]> {
  const bytes = withTail(file.bytes);
  const tail = new DataView(bytes.buffer, bytes.length - TAIL);
  let nth = 0;
  return sample(async () => {
    // Engines cache compiled code, so the module has to differ each time.
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
  /** Milliseconds in which no version served. */
  readonly pauses: readonly number[];
  readonly stateBytes: number;
}

/** Measures swaps to the same module, with its state, after one call. */
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

/** Provides a plugin that has had fewer than the most calls, and closes it in the end. */
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

/** One loop for each number of arguments: spreading them would be measured as well. */
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

/** The module with one more custom section, whose last bytes may be anything. */
function withTail(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(NAME);
  const section = Uint8Array.of(0, 1 + name.length + TAIL, name.length, ...name, 0, 0, 0, 0);
  const longer = new Uint8Array(bytes.length + section.length);
  longer.set(bytes);
  longer.set(section, bytes.length);
  return longer;
}
