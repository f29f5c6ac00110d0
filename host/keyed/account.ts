/** What a node of keyed instances says of itself again and again: its keys, how they came and went, and their calls. */
import * as z from "zod/mini";
import type { Fabric } from "../fabric/fabric.ts";
import { readRecord } from "../release/record.ts";
import { type Measured, Measures, type Tally, tallySchema } from "../remote/measures.ts";
import { BEATS, beatKey, beatsPrefix } from "./address.ts";
import { signed } from "./said.ts";

/** Versions of which it is told what their calls came to: the last. */
const VERSIONS = 8;

/** How keys came to a node and left it, since it began. */
export interface Moves {
  /** Keys that another node handed over to it. */
  readonly came: number;
  /** Keys that it handed over. */
  readonly went: number;
  /** Keys that it took over from nodes that were gone. */
  readonly taken: number;
  /** Epochs that it began: of its keys with each that it got, with each new version, and with each that it let go of. */
  readonly epochs: number;
}

/** A node of keyed instances, as it reported itself. */
export interface KeyedNode extends Moves {
  readonly node: string;
  /** The plugin's. */
  readonly name: string;
  /** The time of day of its writer, for people. */
  readonly at: number;
  /** Milliseconds between two reports. */
  readonly interval: number;
  /** How many keys have their instances there, by the version of their state. */
  readonly keys: Readonly<Record<string, number>>;
  /** Of the calls that it made, of the last versions. */
  readonly versions: Readonly<Record<string, Tally>>;
}

const count = z.int().check(z.nonnegative());
const few = <T>(each: z.ZodMiniType<T>) =>
  z
    .record(z.string().check(z.maxLength(256)), each)
    .check(z.refine((all) => Object.keys(all).length <= 64, "at most 64 versions"));

export const keyedNodeSchema = z.object({
  ...signed,
  name: z.string().check(z.minLength(1), z.maxLength(256)),
  at: z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER)),
  ...{ came: count, went: count, taken: count, epochs: count },
  keys: few(count),
  versions: few(tallySchema),
});

export class Account {
  readonly #moves = { came: 0, went: 0, taken: 0, epochs: 0 };
  readonly #versions = new Map<string, Measures>();

  /** Counts what became of a key. */
  count(what: keyof Moves): void {
    this.#moves[what]++;
  }

  /** Counts a call. @param error what it failed with, if it did */
  record(version: string, milliseconds: number, error?: unknown): void {
    const known = this.#versions.get(version);
    const measures = known ?? new Measures();
    measures.record(milliseconds, error);
    if (known) return;
    this.#versions.set(version, measures);
    if (this.#versions.size > VERSIONS) this.#versions.delete(this.#versions.keys().next().value!);
  }

  /** @param instances those that live here */
  report(instances: Iterable<{ readonly version: string }>): Moves & Pick<KeyedNode, "keys" | "versions"> {
    const keys: Record<string, number> = Object.create(null);
    for (const { version } of instances) keys[version] = (keys[version] ?? 0) + 1;
    const versions = Object.fromEntries([...this.#versions].map(([version, { tally }]) => [version, tally]));
    return { ...this.#moves, keys, versions };
  }
}

/**
 * The nodes of keyed instances that have reported themselves, and not said that they end. One whose `at` lies many of
 * its intervals back is gone, as a rule.
 *
 * @param name of a plugin @default all of them
 * @throws PluginError `bad-peer`; those of the fabric
 */
export async function keyedNodesIn(fabric: Fabric, name?: string): Promise<KeyedNode[]> {
  const keys = await fabric.kv.keys(name === undefined ? BEATS : beatsPrefix(name));
  const entries = await Promise.all(keys.map((key) => fabric.kv.get(key)));
  return entries.flatMap((entry) => {
    const node = entry && readRecord(keyedNodeSchema, entry, `the record ${entry.key}`);
    // Who may write there may say anything of itself, and nothing of others.
    return node && entry.key === beatKey(node.name, node.node) ? [node] : [];
  });
}

/** What all calls of a node came to. */
export function measuredOf({ versions }: Pick<KeyedNode, "versions">): Measured {
  const all = new Measures();
  for (const tally of Object.values(versions)) all.add(tally);
  return all.measured;
}
