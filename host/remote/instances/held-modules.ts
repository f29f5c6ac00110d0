/** The modules that a server was sent: their bytes, by their digests, and what was compiled of them. */
import { digestOf } from "../../../abi/state/avro/digest.ts";
import { PluginError } from "../../errors.ts";
import { moult } from "../../guest/moult.ts";
import type { CheckedLimits } from "../../limits.ts";
import { compile } from "../../module/compile.ts";
import { fetchSource } from "../../module/source.ts";
import type { Demands } from "../../trust/demands.ts";
import type { SentModule } from "../../worker/orders.ts";
import { sentModule } from "../../worker/sent-module.ts";

/** What a module is compiled with. */
export interface CompiledWith {
  readonly limits: CheckedLimits;
  readonly maxValueBytes: number;
  /** Its name in messages. */
  readonly from: string;
}

interface Held {
  readonly bytes: Uint8Array;
  readonly compiled: Map<string, Promise<SentModule>>;
}

export class HeldModules {
  readonly #demands: Demands;
  readonly #most: number;
  /** Those that were used last come last. */
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  /** @param most bytes of modules that are held; beyond them the one that was not used for longest goes */
  constructor(demands: Demands, most: number) {
    this.#demands = demands;
    this.#most = most;
  }

  /** @returns the module's SHA-256 in hexadecimal @throws PluginError `too-large`; as `fetchSource` does */
  async take(sent: Uint8Array): Promise<string> {
    if (sent.length > this.#most) {
      const why = `it has ${sent.length} bytes, and at most ${this.#most} may be held (maxModuleBytes)`;
      throw new PluginError("too-large", `could not take a module: ${why}`);
    }
    const { bytes } = (await fetchSource(sent, { ...this.#demands, from: "a module" })) as Pick<
      Held,
      "bytes"
    >;
    const digest = await digestOf(bytes as Uint8Array<ArrayBuffer>);
    if (this.#held.has(digest)) return digest;
    this.#held.set(digest, { bytes, compiled: new Map() });
    this.#bytes += bytes.length;
    for (const [oldest, { bytes: own }] of this.#held) {
      if (this.#bytes <= this.#most) break;
      this.#held.delete(oldest);
      this.#bytes -= own.length;
    }
    return digest;
  }

  /** @returns nothing for a module that is not held @throws PluginError as `compile` does */
  compiled(digest: string, options: CompiledWith): Promise<SentModule> | undefined {
    const held = this.#held.get(digest);
    if (!held) return undefined;
    this.#held.delete(digest);
    this.#held.set(digest, held);
    const { limits, maxValueBytes, from } = options;
    const key = JSON.stringify([limits.fuel, limits.pages, maxValueBytes, from]);
    const known = held.compiled.get(key);
    if (known) return known;
    // One who asks with ever other limits has what was compiled for others compiled again, and no more.
    if (held.compiled.size >= MOST_COMPILED) held.compiled.clear();
    const made = compile({ bytes: held.bytes, from }, { adapter: moult, limits }).then((module) => {
      if (module.problem !== undefined)
        throw new PluginError("mismatch", `could not load ${from}: ${module.problem}`);
      return sentModule(module, maxValueBytes);
    });
    held.compiled.set(key, made);
    made.catch(() => held.compiled.delete(key));
    return made;
  }
}

/** Of one module, with one set of limits each. */
const MOST_COMPILED = 8;
