/** What nodes of keyed instances, their callers and their records say: the heads of parcels. */
import * as z from "zod/mini";
import { LONGEST } from "./address.ts";

const key = z.string().check(z.maxLength(LONGEST));
const node = z.string().check(z.regex(/^[A-Za-z0-9]{1,64}$/, "wanted letters and digits"));
const version = z.string().check(z.minLength(1), z.maxLength(256));
const epoch = z.int().check(z.nonnegative());

/** Who has a key; what follows is its state. */
export const ownedSchema = z.object({
  key,
  /** Nobody has it where none is said: the next one may. */
  node: z.optional(node),
  /** It grows with every change of who has the key, and with every version. */
  epoch,
  /** Whose state it is. */
  version,
});
export type Owned = z.output<typeof ownedSchema>;

/** What a node is asked. A call is followed by its frame. */
export const askedSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("call"), key, version }),
  /** To take over a key from the node that has it, and holds its calls meanwhile. */
  z.object({ do: z.literal("take"), key, from: node, epoch }),
]);
export type Asked = z.output<typeof askedSchema>;

/** What it answers. An answer is followed by its frame; with any other nothing ran. */
export const saidSchema = z.discriminatedUnion("is", [
  z.object({
    is: z.literal("answered"),
    /** A version that the key's state could not cross to: the one before answered. */
    refused: z.optional(version),
  }),
  /** Another node has the key; none is said where nobody may. */
  z.object({ is: z.literal("elsewhere"), node: z.optional(node) }),
  /** The key is at another version than the call was made for. */
  z.object({ is: z.literal("version"), version }),
  z.object({ is: z.literal("taken") }),
  z.object({ is: z.literal("refused") }),
]);
export type Said = z.output<typeof saidSchema>;

/** A node, and the milliseconds between two signs that it lives. */
export const signed = { node, interval: z.number().check(z.gte(1), z.lte(3_600_000)) };

export const memberSchema = z.object({
  ...signed,
  /** It lets go of its keys: it gets no new ones. */
  leaving: z.boolean(),
});
/** A node as it says that it comes, or leaves. */
export type Member = z.output<typeof memberSchema>;
