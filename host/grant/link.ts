/** Links: what joins one generation to what it was granted. */

import type { Guest } from "../../abi/canonical/mod.ts";
import { imported, importedAsync } from "../../abi/canonical/mod.ts";
import { printable } from "../../abi/printable.ts";
import { camelCase, type FunctionType } from "../../abi/type.ts";
import type { WasmFunction } from "../../abi/wasm/js-api.ts";
import { fitting } from "../contract/fit.ts";
import { parseInterface, serves } from "../contract/interface.ts";
import { PluginError, reason } from "../errors.ts";
import { type HostCalls, Question, toErr } from "../generation/question.ts";
import { title } from "../module/info.ts";
import type { PluginModule } from "../module/module.ts";
import type { Grant, GrantContext, GrantedFunction } from "./capability.ts";
import { refusedEffect } from "./host-calls.ts";
import { suspending } from "./suspension.ts";

/**
 * What a generation may do now:
 * - `held`: not yet serving; posts wait for the cutover, effects are refused,
 * - `serving`: all that it was granted,
 * - `looking`: a copy or a twin, to be dropped; posts vanish, effects are refused.
 */
export type Mode = "held" | "serving" | "looking";

/** One imported interface and the grant that serves it. */
interface Match {
  readonly import: string;
  readonly grant: Grant;
  readonly functions: readonly {
    readonly name: string;
    readonly type: FunctionType;
    readonly granted: GrantedFunction;
  }[];
}

/** What every instance of one module is given: found once, when the module is checked. */
export interface Linkage {
  readonly matches: readonly Match[];
  /** Some granted function answers later, so that calls are suspended. */
  readonly asynchronous: boolean;
}

/** Whose link it is. */
interface Caller {
  readonly plugin: string;
  /** How many granted functions of this plugin are on the stack: a call meanwhile would enter a guest that is inside one. */
  readonly nesting: { depth: number };
  /** Names the call that runs. */
  readonly callName: () => string | number;
}

/** Posts that a generation may make before its cutover. */
const MOST_HELD = 10_000;

/**
 * Finds a grant for everything that a module imports, before anything is instantiated.
 *
 * @throws PluginError `missing-grant` naming all that is missing; `bad-grant` when the types differ;
 * `no-suspension` when a grant is async and the engine cannot suspend a guest
 */
export function linkage(module: PluginModule, grants: readonly Grant[]): Linkage {
  const missing: string[] = [];
  const matches: Match[] = [];
  for (const wanted of module.manifest.imports) {
    const name = parseInterface(wanted.interface, `the manifest of ${title(module)}`);
    const grant = grants.find((each) => serves(each.interface, name));
    if (!grant) {
      missing.push(wanted.interface);
      continue;
    }
    const functions = wanted.functions.map((each) => {
      const granted = grant.functions.get(camelCase(each.name));
      if (!granted)
        throw mismatched(module, wanted.interface, `the grant has no function ${camelCase(each.name)}`);
      const fitted = fitting(granted.type, each, { wider: false });
      if ("problem" in fitted) {
        throw mismatched(
          module,
          wanted.interface,
          `${camelCase(each.name)}: the grant's and the plugin's types differ: ${fitted.problem}`,
        );
      }
      return { name: each.name, type: fitted.type, granted };
    });
    matches.push({ import: wanted.interface, grant, functions });
  }
  missing.push(...strangers(module));
  if (missing.length > 0) {
    throw new PluginError(
      "missing-grant",
      `could not load ${title(module)}: it asks for what it was not granted: ${printable(missing.join(", "))}${module.foreign ? `; ${module.foreign}` : ""}`,
    );
  }
  const asynchronous = matches.some((match) => match.functions.some(({ granted }) => granted.async));
  if (asynchronous && !suspending()) {
    const names = matches.filter((match) => match.functions.some(({ granted }) => granted.async));
    throw new PluginError(
      "no-suspension",
      `could not load ${title(module)}: ${names.map((match) => match.import).join(", ")} answers later, and this engine cannot suspend a plugin (it has no WebAssembly.Suspending)`,
    );
  }
  return { matches, asynchronous };
}

function mismatched(module: PluginModule, name: string, problem: string): PluginError {
  return new PluginError("bad-grant", `could not load ${title(module)}: ${name}: ${problem}`);
}

/** Imports that neither the ABI nor the manifest knows. */
function strangers(module: PluginModule): readonly string[] {
  module.known.strangers ??= findStrangers(module);
  return module.known.strangers;
}

function findStrangers(module: PluginModule): string[] {
  const listed = new Set<string>();
  for (const each of module.manifest.imports) {
    for (const { name } of each.functions) listed.add(`${each.interface}#${name}`);
  }
  return WebAssembly.Module.imports(module.code)
    .filter((each) => !listed.has(`${each.module}#${each.name}`) && !module.provides(each))
    .map((each) => `${each.module}.${each.name} (${each.kind})`);
}

/** The running side of a linkage: of one instance. */
export class Link {
  mode: Mode;
  readonly linkage: Linkage;
  /** What answers the guest's questions while a call is recorded or replayed. */
  hostCalls: HostCalls | undefined;
  /** The number of the question that is asked, within the call that runs: also when the answers before it are recorded ones. */
  nth = -1;
  #call: string | number = "";
  #held: (() => unknown)[] = [];
  /** Only there where a grant might listen: most plugins have none, and a thousand of them are alive. */
  readonly #retired: AbortController | undefined;
  readonly #caller: Caller;
  readonly #implementations: readonly Readonly<Record<string, (...args: never[]) => unknown>>[];

  constructor(linkage: Linkage, mode: Mode, caller: Caller) {
    this.linkage = linkage;
    this.mode = mode;
    this.#caller = caller;
    if (linkage.matches.length === 0) {
      this.#implementations = [];
      return;
    }
    const retired = new AbortController();
    this.#retired = retired;
    const { plugin, callName } = caller;
    const context: GrantContext = {
      plugin,
      signal: retired.signal,
      callId: () => `${plugin}/${callName()}/${this.nth}`,
    };
    try {
      this.#implementations = linkage.matches.map(({ grant }) => grant.make({ ...context }));
    } catch (error) {
      this.retire();
      throw error;
    }
  }

  /** Some granted function answers later, so that calls are suspended. */
  get asynchronous(): boolean {
    return this.linkage.asynchronous;
  }

  /** The import object's part for granted interfaces. */
  imports(guest: () => Guest): Record<string, Record<string, WasmFunction>> {
    const object: Record<string, Record<string, WasmFunction>> = {};
    for (let i = 0; i < this.linkage.matches.length; i++) {
      const match = this.linkage.matches[i]!;
      const functions: Record<string, WasmFunction> = {};
      for (const { name, type, granted } of match.functions) {
        const implementation = this.#implementations[i]?.[camelCase(name)] as (...args: unknown[]) => unknown;
        const gated = this.#gate(`${match.import}#${name}`, type, granted, implementation);
        functions[name] = granted.async
          ? suspending()!.wrap(failing(importedAsync(type, gated as never, guest, { name, toErr }), name))
          : failing(imported(type, gated, guest, { name, toErr }), name);
      }
      object[match.import] = functions;
    }
    return object;
  }

  /** A granted function in JavaScript's own values, for adapters that lift and lower in a way of their own. */
  granted(owner: string, name: string): (...args: unknown[]) => unknown {
    for (const [i, match] of this.linkage.matches.entries()) {
      const found = match.import === owner && match.functions.find((each) => each.name === name);
      if (!found) continue;
      const implementation = this.#implementations[i]?.[camelCase(name)] as (...args: unknown[]) => unknown;
      return failing(
        this.#gate(`${owner}#${name}`, found.type, found.granted, implementation),
        name,
      ) as never;
    }
    throw new TypeError(`nobody was found to serve ${owner}#${name}`);
  }

  /** From now on it serves: what it had posted goes out, in order. */
  serve(onError: (error: unknown) => void): void {
    this.mode = "serving";
    const held = this.#held;
    this.#held = [];
    for (const post of held) {
      try {
        post();
      } catch (error) {
        onError(error);
      }
    }
  }

  /** Ends what the grants hold. */
  retire(): void {
    this.#held = [];
    this.#retired?.abort();
  }

  /** From now on, and for one call, these answer the guest's questions. */
  listen(hostCalls: HostCalls | undefined): void {
    this.hostCalls = hostCalls;
    this.nth = -1;
    this.#call = "";
  }

  #count(callName: () => string | number): void {
    // Host calls are of one call, whatever runs again around it.
    const call = this.hostCalls ? "" : callName();
    this.nth = call === this.#call ? this.nth + 1 : 0;
    this.#call = call;
  }

  #gate(
    name: string,
    type: FunctionType,
    { kind }: GrantedFunction,
    implementation: (...args: unknown[]) => unknown,
  ) {
    const { nesting, callName } = this.#caller;
    const inside = (...args: unknown[]) => {
      nesting.depth++;
      try {
        return implementation(...args);
      } finally {
        nesting.depth--;
      }
    };
    const question = new Question(name, type, kind);
    return (...args: unknown[]) => {
      this.#count(callName);
      if (this.hostCalls) return this.hostCalls.ask(question, args, inside);
      if (kind === "read" || this.mode === "serving") return inside(...args);
      if (kind === "effect") throw refusedEffect(name);
      if (this.mode === "looking") return undefined;
      if (this.#held.length === MOST_HELD)
        throw new Error(`${name} was posted ${MOST_HELD} times before the cutover`);
      this.#held.push(() => inside(...args));
      return undefined;
    };
  }
}

/** Marks whatever an import throws: it unwinds the guest, so it is a trap and never an error of the caller's. */
function failing(implementation: (...flat: never[]) => unknown, name: string): (...flat: never[]) => unknown {
  const fail = (cause: unknown): never => {
    throw new GrantFailure(`the grant ${name} failed: ${reason(cause)}`, { cause });
  };
  return (...flat) => {
    try {
      const answer = implementation(...flat);
      return answer instanceof Promise ? answer.catch(fail) : answer;
    } catch (cause) {
      return fail(cause);
    }
  };
}

/** A grant threw, or answered what its type does not allow; the guest was unwound. */
export class GrantFailure extends Error {
  override readonly name = "GrantFailure";
}
