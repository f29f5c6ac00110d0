/** A plugin whose state says how often each call was made, and what that comes to beside what callers were told. */
import { z } from "zod";
import { contract, wit } from "../../host/mod.ts";
import { build } from "../kept/build.ts";
import type { Load } from "./load.ts";

export const NAME = "ledger";
export const Ledger = contract("test:load/ledger@1", {
  book: { params: [z.uint32()], returns: z.uint32() },
  mark: { params: [z.uint32()], returns: z.uint32() },
  times: { params: [], returns: wit.bytes() },
});

const folder = new URL("../guests/load/", import.meta.url);
const VERSIONS = { first: "1.0.0", second: "2.0.0" } as const;

export async function ledger(kind: keyof typeof VERSIONS): Promise<Uint8Array> {
  const version = VERSIONS[kind];
  return (await build(new URL(`${kind}.ts`, folder), { optimize: "debug", sourceMap: false, version })).wasm;
}

/** How often each call was made, all instances together. */
export class Made {
  readonly #times: number[] = [];

  /** @param number which call an entry of these is about @default the one of that number */
  add(times: Uint8Array, number = (entry: number) => entry): void {
    for (const [entry, made] of times.entries()) {
      if (made === 0) continue;
      const id = number(entry);
      this.#times[id] = this.of(id) + made;
    }
  }

  of(id: number): number {
    return this.#times[id] ?? 0;
  }

  get most(): number {
    return this.#times.length;
  }
}

export interface Sum {
  readonly calls: number;
  readonly failed: number;
  /** Answered, and not made. */
  readonly lost: number;
  /** Made more than once, but for those that may be. */
  readonly doubled: number;
  /** Made, although the caller was told that they were not, or never sent. */
  readonly untrue: number;
  /** What failures said, each with how many said it. */
  readonly errors: Readonly<Record<string, number>>;
}

/** @param mayRepeat whether a call does no harm when it is made twice */
export function sum(load: Load, made: Made, mayRepeat: (id: number) => boolean = () => false): Sum {
  const failures = new Map(load.failures.map((each) => [each.id, each.error]));
  let [lost, doubled, untrue] = [0, 0, 0];
  for (let id = 0; id < Math.max(load.sent, made.most); id++) {
    const times = made.of(id);
    const error = failures.get(id);
    if (times === 0 && id < load.sent && !error) lost++;
    if (times > 1 && !mayRepeat(id)) doubled++;
    if (times > 0 && (id >= load.sent || error?.message.includes("it was not called"))) untrue++;
  }
  const errors: Record<string, number> = {};
  for (const { code, name, message } of failures.values()) {
    const told = /(was not|may have been) called|nothing that it changed was kept/.exec(message)?.[0];
    const what = `${code ?? name}: ${told ?? message}`;
    errors[what] = (errors[what] ?? 0) + 1;
  }
  return { calls: load.sent, failed: failures.size, lost, doubled, untrue, errors };
}
