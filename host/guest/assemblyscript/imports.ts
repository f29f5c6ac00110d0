/** What plain AssemblyScript modules import of their environment, and the interfaces that serve it. */
import type { Manifest } from "../../../abi/manifest.ts";
import type { ValueType } from "../../../abi/type.ts";
import type { WasmModule } from "../../../abi/wasm/js-api.ts";

type ImportedInterface = Manifest["imports"][number];
type Plain = (...args: unknown[]) => unknown;

/** One import, by its name in `env`. */
interface Service {
  readonly serves: ImportedInterface;
  /** Makes the import. `text` lifts a string that the guest names. */
  readonly make: (granted: Plain, text: (pointer: unknown) => string) => (...core: never[]) => unknown;
}

const DATETIME: ValueType = {
  record: [
    { name: "seconds", type: "u64" },
    { name: "nanoseconds", type: "u32" },
  ],
};
const LEVEL: ValueType = { enum: ["debug", "info", "warn", "error"] };

const WALL_CLOCK: ImportedInterface = {
  interface: "wasi:clocks/wall-clock@0.2.0",
  functions: [{ name: "now", params: [], result: DATETIME }],
};
const MONOTONIC_CLOCK: ImportedInterface = {
  interface: "wasi:clocks/monotonic-clock@0.2.0",
  functions: [{ name: "now", params: [], result: "u64" }],
};
const RANDOM: ImportedInterface = {
  interface: "wasi:random/random@0.2.0",
  functions: [{ name: "get-random-u64", params: [], result: "u64" }],
};
const LOG: ImportedInterface = {
  interface: "moult:log/log@1.0.0",
  functions: [
    {
      name: "write",
      params: [
        { name: "level", type: LEVEL },
        { name: "message", type: "string" },
      ],
    },
  ],
};

/** From 0 up to 1, with 53 random bits. */
const fraction: Service["make"] = (granted) => () => Number((granted() as bigint) >> 11n) / 2 ** 53;

const line = (level: string): Service => ({
  serves: LOG,
  make: (granted, text) => (message: unknown) => void granted(level, text(message)),
});

/** Imports from `env` that a grant can serve. */
export const SERVICES: ReadonlyMap<string, Service> = new Map<string, Service>([
  [
    "Date.now",
    {
      serves: WALL_CLOCK,
      make: (granted) => () => {
        const { seconds, nanoseconds } = granted() as { seconds: bigint; nanoseconds: number };
        return Number(seconds) * 1000 + Math.floor(nanoseconds / 1e6);
      },
    },
  ],
  ["performance.now", { serves: MONOTONIC_CLOCK, make: (granted) => () => Number(granted()) / 1e6 }],
  ["seed", { serves: RANDOM, make: fraction }],
  ["Math.random", { serves: RANDOM, make: fraction }],
  [
    "trace",
    {
      serves: LOG,
      make:
        (granted, text) =>
        (message: unknown, count: number, ...values: number[]) =>
          void granted("debug", [text(message), ...values.slice(0, count)].join(" ")),
    },
  ],
  ["console.log", line("info")],
  ["console.info", line("info")],
  ["console.debug", line("debug")],
  ["console.warn", line("warn")],
  ["console.error", line("error")],
]);

/** The interfaces that a module's imports call for. */
export function interfacesOf(code: WasmModule): ImportedInterface[] {
  const wanted = WebAssembly.Module.imports(code).flatMap((each) => {
    const service = each.module === "env" && each.kind === "function" ? SERVICES.get(each.name) : undefined;
    return service ? [service.serves] : [];
  });
  return [...new Set(wanted)];
}
