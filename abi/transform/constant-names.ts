/** Constants of AssemblyScript's own library, by namespace. */
import type { Constant, NumberType } from "./constant-number.ts";

function integer(bits: 8 | 16 | 32 | 64, signed: boolean): [string, ReadonlyMap<string, Constant>] {
  const type: NumberType = `${signed ? "s" : "u"}${bits}`;
  const half = 1n << BigInt(bits - 1);
  const [min, max] = signed ? [-half, half - 1n] : [0n, half * 2n - 1n];
  return [
    `${signed ? "i" : "u"}${bits}`,
    new Map([
      ["MIN_VALUE", { type, value: min }],
      ["MAX_VALUE", { type, value: max }],
    ]),
  ];
}

function floats(
  type: "f32" | "f64",
  values: Readonly<Record<string, number>>,
): ReadonlyMap<string, Constant> {
  return new Map(Object.entries(values).map(([name, value]) => [name, { type, value }]));
}

/** `i32.MAX_VALUE`, `f64.EPSILON`, `Math.PI`. */
export const NAMESPACES: ReadonlyMap<string, ReadonlyMap<string, Constant>> = new Map([
  ...([8, 16, 32, 64] as const).flatMap((bits) => [integer(bits, true), integer(bits, false)]),
  [
    "f32",
    floats("f32", {
      EPSILON: 2 ** -23,
      MIN_VALUE: 2 ** -149,
      MAX_VALUE: (2 - 2 ** -23) * 2 ** 127,
      MIN_NORMAL_VALUE: 2 ** -126,
      MIN_SAFE_INTEGER: -(2 ** 24 - 1),
      MAX_SAFE_INTEGER: 2 ** 24 - 1,
    }),
  ],
  [
    "f64",
    floats("f64", {
      EPSILON: Number.EPSILON,
      MIN_VALUE: Number.MIN_VALUE,
      MAX_VALUE: Number.MAX_VALUE,
      MIN_NORMAL_VALUE: 2 ** -1022,
      MIN_SAFE_INTEGER: Number.MIN_SAFE_INTEGER,
      MAX_SAFE_INTEGER: Number.MAX_SAFE_INTEGER,
    }),
  ],
  [
    "Math",
    floats("f64", {
      E: Math.E,
      LN2: Math.LN2,
      LN10: Math.LN10,
      LOG2E: Math.LOG2E,
      LOG10E: Math.LOG10E,
      PI: Math.PI,
      SQRT1_2: Math.SQRT1_2,
      SQRT2: Math.SQRT2,
    }),
  ],
]);
