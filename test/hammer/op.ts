/** What the guests' functions do: their numbers in the chain, and what they ask the host. */
import { contract, wit } from "moult";
import { z } from "zod";

export type Ask = "look" | "glance" | "act";

export interface OpKind {
  readonly number: number;
  readonly asks: readonly Ask[];
  /** It takes a size too, or a text of that size. */
  readonly takes?: "size" | "text";
}

export const OPS = {
  add: { number: 1, asks: [] },
  note: { number: 2, asks: [], takes: "text" },
  take: { number: 3, asks: [] },
  lookAt: { number: 4, asks: ["look"] },
  glance: { number: 5, asks: ["glance"] },
  actOn: { number: 6, asks: ["act"] },
  both: { number: 7, asks: ["look", "act", "look", "act"] },
  keep: { number: 8, asks: [], takes: "size" },
  hoard: { number: 9, asks: [], takes: "size" },
  /** Changes nothing. */
  peek: { number: 0, asks: [] },
  /** Traps, and has done nothing. */
  breakEarly: { number: 0, asks: [] },
  /** Traps after an effect. */
  breakLate: { number: 10, asks: ["act"] },
  /** In a wider view only. */
  more: { number: 11, asks: [] },
} as const satisfies Record<string, OpKind>;

export type Op = keyof typeof OPS;

export function kindOf(op: Op): OpKind {
  return OPS[op];
}

const id = z.uint32();
const Receipt = z.object({ version: z.uint32(), count: z.uint32(), chain: z.uint32() });
/** What every call answers: the state that it left. */
export type Receipt = z.infer<typeof Receipt>;

const plain = { params: [id], returns: Receipt } as const;
const sized = { params: [id, z.uint32()], returns: Receipt } as const;

/** What every version has. */
export const Chain = contract("test:hammer/chain@1", {
  add: plain,
  note: { params: [id, z.string()], returns: Receipt },
  take: { params: [id], returns: wit.result(Receipt, Receipt) },
  lookAt: plain,
  glance: plain,
  actOn: plain,
  both: plain,
  keep: sized,
  hoard: sized,
  peek: plain,
  breakEarly: plain,
  breakLate: plain,
});

/** What some versions have besides. */
export const More = contract("test:hammer/chain@1", { more: plain });

/** The text of a `note`. */
export function textOf(id: number, size: number): string {
  return `${id}:${"é漢😀a".repeat(size >> 2)}`;
}
