/** Keys and values that a plugin may keep outside of its state. */
import * as z from "zod/mini";
import { utf8Length } from "../../abi/canonical/text.ts";
import { wit } from "../../abi/wit.ts";
import { capability, type Grant } from "../grant/capability.ts";
import { checkAmount, checkBytes, checkFunction, misfit, optionsOf } from "../option.ts";
import type { Bucket, Buckets } from "./bucket.ts";
import { Failure } from "./failure.ts";
import { memoryBuckets } from "./memory-buckets.ts";

export interface KeyValueOptions {
  /** Where keys and values are kept. @default in memory, until the grant is collected */
  readonly buckets?: Buckets;
  /**
   * The bucket that a plugin gets: a text gives all plugins the same one. Plugins name themselves: give a
   * bucket of your own naming to those that might take the name of another.
   * @default one for each name of a plugin
   */
  readonly bucket?: string | ((plugin: string) => string);
  /** The most bytes of a key, in UTF-8. @default 256 */
  readonly maxKeyBytes?: number;
  /** The most bytes of a value. @default 1 MiB */
  readonly maxValueBytes?: number;
  /** The most keys in a bucket. @default 10,000 */
  readonly maxKeys?: number;
  /** The most bytes of all keys and values in a bucket. @default 16 MiB */
  readonly maxBytes?: number;
  /** Called with what `buckets` throws at a write: the plugin learns only that it failed. */
  readonly onError?: (error: unknown) => void;
}

/** What is wrong with a write, as its error begins. */
type KeyValueFault = "bad-key" | "too-large" | "full" | "failed";

/** Keys of one answer of `listKeys`. */
const PAGE = 1_000;

/**
 * Lets a plugin keep values of bytes under keys of text: `moult:keyvalue/store`. Reads are allowed in every
 * phase; writes are effects. A write over a limit changes nothing, and is an error for the plugin.
 *
 * @throws PluginError `argument`
 */
export function kv(options?: KeyValueOptions): Grant {
  const { buckets = memoryBuckets(), bucket = ownBucket, onError, ...bounds } = optionsOf(options, "kv");
  if (typeof (buckets as Buckets | null)?.open !== "function") throw misfit(buckets, "buckets", "buckets");
  if (typeof bucket !== "string") checkFunction(bucket, "bucket");
  checkFunction(onError, "onError");
  const limits = checkedLimits(bounds);
  const nameOf = typeof bucket === "string" ? () => bucket : bucket;
  return capability(
    "moult:keyvalue/store@1.0.0",
    {
      get: { params: [z.string()], returns: z.optional(wit.bytes()), kind: "read" },
      exists: { params: [z.string()], returns: z.boolean(), kind: "read" },
      listKeys: {
        params: [z.string(), z.optional(z.string())],
        returns: z.object({ keys: z.array(z.string()), cursor: z.optional(z.string()) }),
        kind: "read",
      },
      set: { params: [z.string(), wit.bytes()], kind: "effect", fails: true },
      delete: { params: [z.string()], kind: "effect", fails: true },
    },
    ({ plugin, callId }) => {
      let opened: Bucket | undefined;
      const own = () => {
        opened ??= buckets.open(nameOf(plugin));
        return opened;
      };
      const isKey = (key: string) => wrongKey(key, limits.maxKeyBytes) === undefined;
      return {
        get: (key) => (isKey(key) ? own().get(key) : undefined),
        exists: (key) => isKey(key) && own().sizeOf(key) !== undefined,
        listKeys: (prefix, cursor) => page(own(), prefix, cursor),
        set: (key, value) => {
          checkWrite(written(own, onError), { key, value, limits });
          written(() => own().set(key, value, callId()), onError);
        },
        delete: (key) => {
          if (isKey(key)) written(() => own().delete(key, callId()), onError);
        },
      };
    },
  );
}

/** No name that `bucket` gives begins so by accident. */
function ownBucket(plugin: string): string {
  return `plugin:${plugin}`;
}

type Limits = Readonly<Record<"maxKeyBytes" | "maxValueBytes" | "maxKeys" | "maxBytes", number>>;

function checkedLimits(bounds: Partial<Limits>): Limits {
  const { maxKeyBytes = 256, maxValueBytes = 2 ** 20, maxKeys = 10_000, maxBytes = 2 ** 24 } = bounds;
  checkBytes(maxKeyBytes, "maxKeyBytes");
  checkBytes(maxValueBytes, "maxValueBytes");
  checkAmount(maxKeys, "maxKeys", "a number of keys from 0 up, or Infinity for any number");
  checkBytes(maxBytes, "maxBytes");
  return { maxKeyBytes, maxValueBytes, maxKeys, maxBytes };
}

/** What is wrong with a key. Two texts with lone surrogates could be one in UTF-8. */
function wrongKey(key: string, most: number): string | undefined {
  if (key === "") return "found an empty key, wanted a text";
  if (/\p{Surrogate}/u.test(key)) return "found a key with a lone surrogate, wanted Unicode text";
  const bytes = utf8Length(key);
  return bytes > most ? `found a key of ${bytes} bytes, wanted at most ${most} (maxKeyBytes)` : undefined;
}

interface Write {
  readonly key: string;
  readonly value: Uint8Array;
  readonly limits: Limits;
}

/** @throws Failure for a write that is over a limit */
function checkWrite(bucket: Bucket, { key, value, limits }: Write): void {
  const { maxKeyBytes, maxValueBytes, maxKeys, maxBytes } = limits;
  const wrong = wrongKey(key, maxKeyBytes);
  if (wrong !== undefined) throw failure("bad-key", wrong);
  if (value.length > maxValueBytes) {
    const found = `found a value of ${value.length} bytes`;
    throw failure("too-large", `${found}, wanted at most ${maxValueBytes} (maxValueBytes)`);
  }
  const before = bucket.sizeOf(key);
  if (before === undefined && bucket.count >= maxKeys) {
    throw failure("full", `found ${bucket.count + 1} keys, wanted at most ${maxKeys} (maxKeys)`);
  }
  const size = utf8Length(key) + value.length;
  const bytes = bucket.bytes - (before ?? 0) + size;
  // What takes less than before is allowed: limits may have been lowered meanwhile.
  if (bytes > maxBytes && size > (before ?? 0)) {
    throw failure("full", `found ${bytes} bytes in all, wanted at most ${maxBytes} (maxBytes)`);
  }
}

function failure(code: KeyValueFault, why: string): Failure<KeyValueFault> {
  return new Failure(code, why);
}

/** What the backend throws may name files and hosts, which are none of the plugin's business. */
function written<T>(work: () => T, onError: KeyValueOptions["onError"]): T {
  try {
    return work();
  } catch (error) {
    onError?.(error);
    const why = "the host could not keep it; the key is as it was, or as it was to be";
    throw new Failure<KeyValueFault>("failed", why, { cause: error });
  }
}

/** The first keys after `cursor`, in the order of their UTF-16 code units. */
function page(bucket: Bucket, prefix: string, cursor: string | undefined) {
  const keys: string[] = [];
  for (const key of bucket.keys()) {
    if (key.startsWith(prefix) && (cursor === undefined || key > cursor)) keys.push(key);
  }
  keys.sort();
  const more = keys.length > PAGE;
  return { keys: more ? keys.slice(0, PAGE) : keys, cursor: more ? keys[PAGE - 1] : undefined };
}
