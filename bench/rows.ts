/** The rows of the benchmark: the work, and the bar that moult has to clear. */
import type { Case, Context } from "./case.ts";
import type { Kind } from "./rows/metering.ts";

/** The upper limit for one of moult's figures. All figures are costs: less is better. */
export interface Bar {
  readonly text: string;
  /** @default "moult" */
  readonly of?: string;
  /** The figure to divide by; without one, `most` is in nanoseconds or bytes. */
  readonly against?: string;
  /** Without it, the work only has to be done. */
  readonly most?: number;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: "ns" | "bytes";
  readonly bars: readonly Bar[];
  /** @default 25 */
  readonly rounds?: number;
  /** Milliseconds of one sample. @default 8 */
  readonly slice?: number;
  /** Rounds that do not count. @default 3 */
  readonly warm?: number;
  readonly cases: (context: Context) => Promise<Case[]>;
}

const text = (
  units: number,
  size: string,
  script: "ascii" | "mixed",
  loader: number,
  extism: number,
): Row => ({
  id: `string-${size.toLowerCase().replace(" ", "")}-${script}`,
  title: `string in, string out, ${size}, ${script === "ascii" ? "ASCII" : "mixed scripts"}`,
  unit: "ns",
  bars: [
    { text: `at most ${loader}x the AS loader`, against: "AS loader", most: loader },
    { text: `at most 1/${extism} of Extism`, against: "Extism", most: 1 / extism },
  ],
  cases: async (context) => (await import("./rows/text.ts")).text(units, script)(context),
});

const fuel = (kind: Kind, title: string): Row => ({
  id: `fuel-${kind}`,
  title: `with \`limits.fuel\`: ${title}`,
  unit: "ns",
  bars: [{ text: "at most 1.5x without", of: "moult, with fuel", against: "moult", most: 1.5 }],
  cases: async (context) => (await import("./rows/metering.ts")).kernel(kind)(context),
});

export const ROWS: readonly Row[] = [
  {
    id: "call-sync",
    title: "scalar call `(i32, i32) -> i32`, `callSync`",
    unit: "ns",
    bars: [{ text: "at most 6x the bare export (no journal)", against: "bare export", most: 6 }],
    cases: async (context) => (await import("./rows/call.ts")).callSync(context),
  },
  {
    id: "call",
    title: "the same, `await call`, the gate open",
    unit: "ns",
    bars: [{ text: "at most 60x the bare export", against: "bare export", most: 60 }],
    cases: async (context) => (await import("./rows/call.ts")).call(context),
  },
  text(16, "16 units", "ascii", 0.35, 20),
  text(16, "16 units", "mixed", 0.35, 20),
  text(256, "256 units", "ascii", 0.35, 20),
  text(256, "256 units", "mixed", 0.35, 20),
  text(4096, "4096 units", "ascii", 0.25, 40),
  text(4096, "4096 units", "mixed", 0.25, 40),
  {
    id: "bytes-64k",
    title: "bytes in, bytes out, 64 KB",
    unit: "ns",
    bars: [{ text: "at most 1.5x two memcpy", against: "two memcpy between warm buffers", most: 1.5 }],
    cases: async (context) => (await import("./rows/bytes.ts")).bytes(context),
  },
  {
    id: "record",
    title: "record of 10 fields, round trip",
    unit: "ns",
    bars: [{ text: "at most 0.45x JSON on both sides", against: "JSON both sides", most: 0.45 }],
    cases: async (context) => (await import("./rows/record.ts")).record(context),
  },
  {
    id: "load",
    title: "load to first call, 8 KB module",
    unit: "ns",
    slice: 12,
    bars: [{ text: "at most 1.3x compile and instantiate", against: "compile and instantiate", most: 1.3 }],
    cases: async (context) => (await import("./rows/load.ts")).load(context),
  },
  {
    id: "second-instance",
    title: "a second instance of a loaded module, to its first call",
    unit: "ns",
    bars: [
      { text: "at most 1.5x `new WebAssembly.Instance`", against: "new WebAssembly.Instance", most: 1.5 },
    ],
    cases: async (context) => (await import("./rows/load.ts")).second(context),
  },
  {
    id: "keyed",
    title: "keyed call, a state of 1 KB, a fabric in memory",
    unit: "ns",
    bars: [
      {
        text: "at most 1/10 of one with a copy for each",
        against: "a call, and a snapshot of a copy",
        most: 0.1,
      },
    ],
    cases: async (context) => (await import("./rows/keyed.ts")).keyed(context),
  },
  {
    id: "swap-stateless",
    title: "swap pause, no state",
    unit: "ns",
    rounds: 9,
    warm: 1,
    bars: [{ text: "p99 under 50 µs", of: "moult, p99", most: 50_000 }],
    cases: async (context) => (await import("./rows/pause.ts")).stateless(context),
  },
  {
    id: "swap-1mb",
    title: "swap pause, 1 MB of bytes as state",
    unit: "ns",
    bars: [{ text: "at most 2x a memcpy of it", against: "one memcpy between warm buffers", most: 2 }],
    cases: async (context) => (await import("./rows/pause.ts")).megabyte(context),
  },
  {
    id: "swap-map",
    title: "swap pause, 1 M map entries, under 20,000 writes/s",
    unit: "ns",
    rounds: 3,
    warm: 0,
    bars: [
      { text: "pause under 2 ms", of: "moult, pause", most: 2e6 },
      { text: "worst stall under 10 ms", of: "moult, worst stall of a write", most: 10e6 },
    ],
    cases: async (context) => (await import("./rows/pause.ts")).entries(context),
  },
  {
    id: "save-tree",
    title: "save of 400,000 objects, an object",
    unit: "ns",
    bars: [
      {
        text: "at most 1.2x a walk that looks for nothing",
        against: "the same walk, which looks for nothing",
        most: 1.2,
      },
    ],
    cases: async (context) => (await import("./rows/save.ts")).tree(context),
  },
  {
    id: "swaps",
    title: "10,000 swaps in a row",
    unit: "bytes",
    rounds: 3,
    warm: 0,
    bars: [
      {
        text: "resident memory within 10 % after warm-up",
        of: "moult: at the end",
        against: "moult: after a tenth",
        most: 1.1,
      },
    ],
    cases: async (context) => (await import("./rows/instances.ts")).swaps(context),
  },
  {
    id: "edit",
    title: "edit to live, 1 KB plugin",
    unit: "ns",
    rounds: 7,
    warm: 1,
    bars: [{ text: "at most 1/20 of the cold command line", against: "asc, cold", most: 1 / 20 }],
    cases: async (context) => (await import("./rows/edit.ts")).edit(context),
  },
  {
    id: "import",
    title: '`import "moult"`, cold process',
    unit: "ns",
    rounds: 15,
    warm: 1,
    bars: [{ text: "at most 1.2x one bundled file", against: "one bundled file", most: 1.2 }],
    cases: async (context) => (await import("./rows/import.ts")).imported(context),
  },
  {
    id: "first-call",
    title: "first call after a swap",
    unit: "ns",
    bars: [
      {
        text: "at most 1.3x the steady state",
        of: "moult, first call",
        against: "moult, steady",
        most: 1.3,
      },
    ],
    cases: async (context) => (await import("./rows/first.ts")).firstCall(context),
  },
  {
    id: "instances-memory",
    title: "1,000 plugins alive: resident memory of one",
    unit: "bytes",
    rounds: 5,
    warm: 0,
    bars: [{ text: "at most 1.2x a bare instance", against: "WebAssembly.Instance", most: 1.2 }],
    cases: async (context) => (await import("./rows/instances.ts")).memory(context),
  },
  {
    id: "instances-rate",
    title: "1,000 plugins made: time of one, to its first answer",
    unit: "ns",
    rounds: 5,
    warm: 0,
    bars: [{ text: "at least 0.8x the rate of bare instances", against: "WebAssembly.Instance", most: 1.25 }],
    cases: async (context) => (await import("./rows/instances.ts")).rate(context),
  },
  {
    id: "fuel",
    title: "with `limits.fuel`: the geometric mean of all kinds of work",
    unit: "ns",
    bars: [{ text: "at most 1.1x without", of: "moult, with fuel", against: "moult", most: 1.1 }],
    cases: async (context) => (await import("./rows/metering.ts")).kernels(context),
  },
  fuel("calls", "calls without a loop"),
  fuel("bytes", "a sum of bytes"),
  fuel("floats", "floating point"),
  fuel("rounds", "the rounds of SHA-256"),
  fuel("maps", "a map"),
  fuel("sorts", "a sort"),
  fuel("scans", "a scan of a text"),
  {
    id: "limits",
    title: "with `limits.fuel` and `limits.memory`: a scalar call, `callSync`",
    unit: "ns",
    bars: [{ text: "at most 3x without", of: "moult, limited", against: "moult", most: 3 }],
    cases: async (context) => (await import("./rows/metering.ts")).scalar(context),
  },
  {
    id: "worker-call",
    title: "in a worker: a text of 16 bytes in and out",
    unit: "ns",
    bars: [
      {
        text: "at most 1.3x a bare Atomics round trip",
        of: "moult, in a worker",
        against: "bare Atomics round trip",
        most: 1.3,
      },
      {
        text: "at most 1/5 of Extism's worker",
        of: "moult, in a worker",
        against: "Extism, in a worker",
        most: 0.2,
      },
    ],
    cases: async (context) => (await import("./rows/worker.ts")).call(context),
  },
  {
    id: "worker-stopped",
    title: "in a worker: an endless call has its error",
    unit: "ns",
    rounds: 10,
    warm: 1,
    bars: [
      { text: "at most 1.2x its deadline", of: "moult, in a worker", against: "the deadline", most: 1.2 },
    ],
    cases: async (context) => (await import("./rows/worker.ts")).stopped(context),
  },
  {
    id: "worker-next",
    title: "in a worker: after it, the next call is answered",
    unit: "ns",
    rounds: 10,
    warm: 1,
    bars: [{ text: "at most 5 ms", of: "moult, in a worker", most: 5e6 }],
    cases: async (context) => (await import("./rows/worker.ts")).next(context),
  },
  {
    id: "instances-10000",
    title: "10,000 plugins alive",
    unit: "bytes",
    rounds: 1,
    warm: 0,
    bars: [{ text: "all of them answer", of: "moult, 10,000 alive" }],
    cases: async (context) => (await import("./rows/instances.ts")).many(context),
  },
];
