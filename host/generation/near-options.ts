/** What generations in this process are made with. */
import type { Passage } from "../../abi/state/passage.ts";
import type { Grant } from "../grant/capability.ts";
import type { PostBounds } from "../grant/post-bounds.ts";
import type { Adapter, Instance } from "../guest/adapter.ts";
import type { Lent, MemoryPool } from "../guest/memory-pool.ts";
import type { CheckedLimits, Deadline } from "../limits.ts";
import type { PluginModule } from "../module/module.ts";
import type { Proofs } from "../trust/demands.ts";
import type { Generation, StateCopy, Surroundings } from "./generation.ts";

export interface NearOptions {
  readonly grants: readonly Grant[];
  /** Describes the modules of all builds. */
  readonly adapter: Adapter;
  /** Bytes that a source may bring where `fetch` gets no limit. */
  readonly maxSourceBytes?: number | undefined;
  /** Bytes of state that a version may save. @default 536_870_912 (512 MiB) */
  readonly maxStateBytes?: number | undefined;
  /** Bytes of the host's memory that the values of one call may take. @default 536_870_912 (512 MiB) */
  readonly maxValueBytes?: number | undefined;
  readonly heldPosts?: PostBounds | undefined;
  /** What each instance may use. */
  readonly limits?: CheckedLimits | undefined;
  /** What every module has to prove; the signatures are for versions that a store keeps. */
  readonly proofs?: Proofs | undefined;
  /** Builds keep the bytes of their modules, for a store. @default false */
  readonly keepBytes?: boolean;
  /** Where calls and hooks can be stopped. @default 10 and 100 seconds */
  readonly deadline?: Deadline;
  /** Whether an instance is kept ready to take over, where one takes a while to start. @default false */
  readonly spare?: boolean;
  /** Brings states across beside what serves. @default none: they cross in the pause */
  readonly crossing?: ((what: ToCross) => Promise<StateCopy | undefined>) | undefined;
}

/** What is to cross. */
export interface ToCross {
  readonly surroundings: Surroundings;
  readonly options: NearOptions;
  readonly incumbent: Instance;
  readonly from: PluginModule;
  readonly to: PluginModule;
  readonly number: number;
  readonly way: Passage;
  readonly memories: MemoryPool;
  /** Makes a generation of the next version, which was not started. */
  readonly make: (
    mode: "looking" | "held",
    pages: number,
    lent: Lent | undefined,
  ) => Generation & { readonly instance: Instance; start(): unknown };
}
