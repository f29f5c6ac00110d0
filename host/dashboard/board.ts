/** What a dashboard shows of several versions at a time, and what may be done there. */
import type { Moves } from "../keyed/mod.ts";
import type { HostedVersion, Rollout, RolloutOptions, Share } from "../release/mod.ts";
import type { VersionTally } from "../remote/served-measures.ts";
import type { Sampled } from "./timeline.ts";

/** Shares that a plan had from a moment on. */
export interface SharesFrom {
  /** Milliseconds since 1970, by the clock of the dashboard's server; 0 for those that it found. */
  readonly at: number;
  readonly split: readonly Share[];
}

/** A plugin in a line. */
export interface PluginLine {
  readonly name: string;
  readonly split: readonly Share[];
  /** All versions that it has had, in the order in which they came: each has its color by its place. */
  readonly order: readonly string[];
  readonly phase?: Rollout["phase"];
  /** Whether it is a split of the dashboard's own process, whose shares nobody else changes. */
  readonly here?: boolean;
}

/** What a node had from a moment on. */
export interface KeysFrom {
  /** Milliseconds since 1970, by the clock of the dashboard's server. */
  readonly at: number;
  /** How many keys, by version. */
  readonly keys: Readonly<Record<string, number>>;
}

/** A node that has keys of the plugin, each with an instance of its own. */
export interface KeyedLine extends Moves {
  readonly node: string;
  /** Milliseconds since it was heard of, or has left. */
  readonly silent: number;
  readonly gone: boolean;
  /** Whether it has said that it ends, or others that it is gone. */
  readonly left: boolean;
  /** How many keys it has, by version. */
  readonly keys: Readonly<Record<string, number>>;
  /** Of its last versions. */
  readonly calls: number;
  /** What the calls of the last ten seconds came to; nothing before it has told twice. */
  readonly recent?: {
    /** Calls in a second. */
    readonly rate: number;
    readonly calls: number;
    readonly failed: number;
    /** Milliseconds. */
    readonly p99?: number;
  };
  /** What it had over the time, the oldest first; of the first nodes alone. */
  readonly past?: readonly KeysFrom[];
}

export interface NodeLine {
  readonly node: string;
  /** Milliseconds since it was heard of. */
  readonly silent: number;
  readonly gone: boolean;
  /** Its versions of the plugin that is looked at. */
  readonly hosted: readonly HostedVersion[];
}

/** How the new version does against the bounds of its rollout, since its share changed. */
export interface Judged {
  readonly outcome: "success" | "failure" | "inconclusive";
  readonly why: string;
}

/** The plugin that is looked at. */
export interface PluginView extends PluginLine {
  /** Rules of the plan, which give versions to some callers whatever the shares. */
  readonly rules: number;
  readonly shares: readonly SharesFrom[];
  readonly rollout?: Rollout;
  readonly judged?: Judged;
  /** Who calls it, and has reported so. */
  readonly callers: number;
  /** What the calls came to since it was first looked at. */
  readonly versions: readonly VersionTally[];
  readonly samples: readonly Sampled[];
  readonly nodes: readonly NodeLine[];
  /** Nodes that are not among those. */
  readonly more: number;
  /** The nodes that have its keys, where it has an instance for each: samples and versions are what those report. */
  readonly keyed?: { readonly nodes: readonly KeyedLine[]; readonly more: number };
}

export interface BoardLive {
  /** Milliseconds since 1970, by the clock of the server. */
  readonly now: number;
  readonly plugins: readonly PluginLine[];
  readonly nodes: { readonly live: number; readonly gone: number };
  /** What could not be read lately. */
  readonly fault?: string;
  readonly plugin?: PluginView;
}

/** Something with several versions, which a dashboard shows. */
export interface Board {
  /** What it is of. */
  readonly title: string;
  /**
   * @param name the plugin that is looked at @default the first
   * @param since samples that end later are told, by the clock of the server
   */
  look(name: string | undefined, since: number): Promise<BoardLive>;
  /** What an operator may do; nothing where that is somebody else's. */
  readonly operations?: Operations;
  close(): void;
}

export interface Operations {
  /** Versions of a plugin that were published. */
  releases(name: string): Promise<readonly string[]>;
  start(name: string, options: RolloutOptions): Promise<Rollout>;
  /** @param full past all steps */
  promote(name: string, full: boolean): Promise<Rollout>;
  abort(name: string): Promise<Rollout>;
  back(name: string): Promise<Rollout>;
}
