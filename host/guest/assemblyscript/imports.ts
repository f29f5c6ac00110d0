/** What plain AssemblyScript modules import from `env`, and the interfaces that serve it. */
import type { Manifest } from "../../../abi/manifest.ts";
import type { ValueType } from "../../../abi/type.ts";
import { spellCoreFunction } from "../../../abi/wasm/core-type.ts";
import type { Compiled } from "../adapter.ts";

type ImportedInterface = Manifest["imports"][number];
type Plain = (...args: unknown[]) => unknown;

/** One import, by its name in `env`. */
export interface Service {
  readonly serves: ImportedInterface;
  /**
   * Its core type in AssemblyScript; an import of the same name with another type belongs to another host.
   */
  readonly core: string;
  /** Makes the import. `text` lifts a string at a pointer. */
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

/** A number from 0 up to 1, with 53 random bits. */
const fraction: Service["make"] = (granted) => () => Number((granted() as bigint) >> 11n) / 2 ** 53;

const NUMBER = "() -> f64";

const line = (level: string): Service => ({
  serves: LOG,
  core: "(i32)",
  make: (granted, text) => (message: unknown) => void granted(level, text(message)),
});

/** Imports from `env` that a grant can serve. */
const SERVICES: ReadonlyMap<string, Service> = new Map<string, Service>([
  [
    "Date.now",
    {
      serves: WALL_CLOCK,
      core: NUMBER,
      make: (granted) => () => {
        const { seconds, nanoseconds } = granted() as { seconds: bigint; nanoseconds: number };
        return Number(seconds) * 1000 + Math.floor(nanoseconds / 1e6);
      },
    },
  ],
  [
    "performance.now",
    { serves: MONOTONIC_CLOCK, core: NUMBER, make: (granted) => () => Number(granted()) / 1e6 },
  ],
  ["seed", { serves: RANDOM, core: NUMBER, make: fraction }],
  ["Math.random", { serves: RANDOM, core: NUMBER, make: fraction }],
  [
    "trace",
    {
      serves: LOG,
      core: "(i32, i32, f64, f64, f64, f64, f64)",
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

/** The imports of a module that a grant can serve, by their names in `env`. */
export function servicesOf({ code, binary }: Compiled): ReadonlyMap<string, Service> {
  const others = new Set<string>();
  for (const { module, name, kind, index } of binary?.imports ?? []) {
    if (module !== "env" || kind !== "function") continue;
    const type = binary?.functionType(index);
    if (!type || spellCoreFunction(type) !== SERVICES.get(name)?.core) others.add(name);
  }
  return new Map(
    WebAssembly.Module.imports(code).flatMap(({ module, name, kind }) => {
      const service = module === "env" && kind === "function" && !others.has(name) && SERVICES.get(name);
      return service ? [[name, service]] : [];
    }),
  );
}

/** Whether it takes strings, which only the guest's runtime type information describes. */
export function takesText({ serves }: Service): boolean {
  return serves === LOG;
}

/** The interfaces that the services need. */
export function interfacesOf(services: ReadonlyMap<string, Service>): ImportedInterface[] {
  return [...new Set([...services.values()].map(({ serves }) => serves))];
}
