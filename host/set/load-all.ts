/** Loading plugins together: they are linked to one another, and begin in the order of their dependencies. */
import { type Content, content, started } from "../assemble.ts";
import type { Functions } from "../contract/contract.ts";
import { detail, PluginError } from "../errors.ts";
import type { Grant } from "../grant/capability.ts";
import { grantsOf } from "../grant/grants.ts";
import { checkedOptions, contentOf } from "../load.ts";
import type { LoadOptions } from "../load-options.ts";
import { checkFunction, optionsOf } from "../option.ts";
import type { Plugin } from "../plugin.ts";
import { isLive } from "../swap/live-source.ts";
import { Granted } from "./granted.ts";
import { type Member, titleOf } from "./member.ts";
import { type Permit, permitted } from "./permit.ts";
import { entriesOf, type FunctionsOfEntry, type PluginEntry } from "./plugin-entry.ts";
import { closed, PluginSet } from "./plugin-set.ts";
import { resolve } from "./resolve.ts";
import type { Wiring } from "./wiring.ts";

export interface LoadAllOptions
  extends Omit<LoadOptions, "contract" | "state" | "store" | "integrity" | "follow"> {
  /**
   * Asked for each plugin, when all have been read and none has begun: what it may reach.
   * @default what its entry says
   */
  readonly permit?: Permit;
}

type Given = PluginEntry | PluginEntry["source"];
type Loaded<E extends readonly Given[]> = { readonly [I in keyof E]: Plugin<FunctionsOfEntry<E[I]>> };

/**
 * Loads plugins that call one another. Each import that is not granted is served by the plugin of the set that exports
 * it. Nothing begins before all of them were read, compiled, permitted and found to fit; if one then fails to begin,
 * those before it are closed, in reverse order.
 *
 * @param plugins sources, or entries `{ source, ... }` with the options of `load`; `folder` and `packages` of
 * `moult/node` find some. A plugin that `permit` leaves out is missing in the set's list too
 * @param options for all of them; grants are added to those of the entries
 * @throws PluginError `unresolved` naming what is missing, does not fit or goes round in a circle, and those of `load`
 */
export async function loadAll<const E extends readonly Given[]>(
  plugins: E | PromiseLike<E>,
  options?: LoadAllOptions,
): Promise<PluginSet<Loaded<E>>> {
  const { permit, ...common } = { ...optionsOf(options, "loadAll") };
  checkFunction(permit, "permit");
  const found = await membersOf(await plugins, common);
  const members = permit ? await permittedOf(found, permit) : found;
  const resolved = resolve(members);
  for (const { entry } of members) checkedOptions(entry);
  if (common.signal?.aborted)
    throw new PluginError("aborted", "could not load the plugins: the caller gave up");
  const begun = await begin(resolved);
  const loaded = members.map((each) => begun.get(each)!) as unknown as Loaded<E>;
  return new PluginSet({ plugins: loaded, dependencies: resolved.dependencies, begun: [...begun.values()] });
}

/** Reads and compiles them all. @throws PluginError those of `load` */
export function membersOf(plugins: unknown, common: Omit<LoadAllOptions, "permit">): Promise<Member[]> {
  return inTurn(
    entriesOf(plugins).map((each) => withCommon(each, common)),
    memberOf,
  );
}

function withCommon(entry: PluginEntry, { grant, ...common }: Omit<LoadAllOptions, "permit">): PluginEntry {
  return { ...common, ...entry, grant: [...grantsOf(entry.grant), ...grantsOf(grant)] };
}

/** Sources that are read and compiled at the same time: a signal of the caller's has a listener for each. */
const MOST = 8;

async function inTurn<A, B>(all: readonly A[], work: (each: A) => Promise<B>): Promise<B[]> {
  const made: B[] = [];
  const rest = all.entries();
  const worker = async () => {
    for (const [i, each] of rest) made[i] = await work(each);
  };
  await Promise.all(Array.from({ length: Math.min(MOST, all.length) }, worker));
  return made;
}

/** Reads and compiles one plugin. */
async function memberOf(entry: PluginEntry): Promise<Member> {
  const sound: LoadOptions = checkedOptions(entry);
  const made: Content = await content(await contentOf(entry.source, sound), sound);
  return { entry, content: made, grants: grantsOf(entry.grant) };
}

async function permittedOf(members: readonly Member[], permit: Permit): Promise<readonly Member[]> {
  const kept: Member[] = [];
  for (const member of members) {
    const answer = await permitted(permit, member, members);
    if (answer === false) continue;
    const { grant, ...rest } = answer;
    const grants: readonly Grant[] = [...grantsOf(grant), ...member.grants];
    kept.push({ ...member, entry: { ...member.entry, ...rest, grant: grants }, grants });
  }
  return kept;
}

/** Begins every plugin after those that it calls. @returns the plugins in that order */
async function begin({ rows, providers }: Wiring): Promise<ReadonlyMap<Member, Plugin>> {
  const begun = new Map<Member, Plugin>();
  const grants = new Granted(begun);
  for (const member of rows.flat()) {
    try {
      begun.set(
        member,
        await beginOne(member, await grants.to(member, new Set(providers.get(member)!.values()))),
      );
    } catch (error) {
      await closed([...begun.values()]);
      throw unbegun(member, error, begun.size);
    }
  }
  return begun;
}

async function beginOne(
  { entry, content, grants }: Member,
  provided: readonly Grant[],
): Promise<Plugin<Functions>> {
  const options = { ...checkedOptions(entry), grant: [...grants, ...provided] };
  return started(content, options, isLive(entry.source) ? { live: entry.source } : {});
}

/** @param closing how many were closed again */
function unbegun(member: Member, error: unknown, closing: number): unknown {
  if (!(error instanceof PluginError)) return error;
  const title = titleOf(member);
  const now = closing === 0 ? "none began" : `${closing} that had begun were closed`;
  const why = detail(error).replace("could not load ", "").replace(`${title}: `, "");
  const what = `could not load ${title} with the others: ${why}; ${now}`;
  return new PluginError(error.code, what, { cause: error, advice: error.advice, phase: error.phase });
}
