/** The fuel of one instance: how much its guest may still do. */
import type { Metered } from "../../abi/wasm/metering.ts";
import { type Fuel, type Metering, OutOfFuel, type Tank } from "../limits.ts";

/** How a module is metered. @param fuel for each call and each hook */
export function meteringOf(made: Meters, fuel: Fuel): Metering {
  return {
    exports: [made.fill, made.left],
    fuel,
    tank: (exports) => new FuelTank(made, fuel, exports),
    relocate: (error) => relocate(error, made.originally),
  };
}

type Meters = Pick<Metered, "fill" | "left" | "originally">;

class FuelTank implements Tank {
  again = false;
  readonly #metered: Meters;
  readonly #units: Fuel;
  readonly #fill: (units: number) => void;
  readonly #left: () => number;
  /** What it was last filled for. */
  #what: keyof Fuel = "hook";
  /** The last error whose stack was corrected. */
  #corrected: unknown;

  constructor(metered: Meters, units: Fuel, exports: Readonly<Record<string, unknown>>) {
    this.#metered = metered;
    this.#units = units;
    this.#fill = exports[metered.fill] as (units: number) => void;
    this.#left = exports[metered.left] as () => number;
  }

  fill(what: keyof Fuel): void {
    this.#what = this.again ? "hook" : what;
    this.#fill(this.#units[this.#what]);
  }

  get used(): number {
    return this.#units[this.#what] - this.#left();
  }

  blame(error: unknown): unknown {
    if (error instanceof OutOfFuel) return error;
    if (error instanceof Error && error !== this.#corrected) relocate(error, this.#metered.originally);
    this.#corrected = error;
    return this.#left() < 0 ? new OutOfFuel(this.#what, this.#units[this.#what], error) : error;
  }

  metered(
    call: (...args: never[]) => unknown,
    what: keyof Fuel,
    later: boolean,
  ): (...args: never[]) => unknown {
    const tank = this;
    const blamed = (error: unknown): never => {
      throw tank.blame(error);
    };
    return function () {
      tank.fill(what);
      try {
        // biome-ignore lint/complexity/noArguments: passing them on costs nothing, a rest array 7 ns
        const answer = call.apply(undefined, arguments as unknown as never[]);
        return later ? (answer as Promise<unknown>).then(undefined, blamed) : answer;
      } catch (error) {
        return blamed(error);
      }
    };
  }
}

/** `wasm-function[3]:0x2c7`, in V8, SpiderMonkey and JavaScriptCore. */
const PLACE = /(wasm-function\[\d+\]:0x)([0-9a-f]+)/g;

/** Gives the stack of an error the offsets that its author's source map knows. */
function relocate(error: Error, originally: (offset: number) => number): void {
  const { stack } = error;
  if (typeof stack !== "string") return;
  error.stack = stack.replace(
    PLACE,
    (_, before: string, offset: string) => before + originally(Number.parseInt(offset, 16)).toString(16),
  );
}
