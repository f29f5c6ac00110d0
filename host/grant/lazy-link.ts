/** Where links are had from: a module that imports nothing of its host has one that joins it to nothing. */
import type { WasmFunction } from "../../abi/wasm/js-api.ts";
import { type HostCalls, Refusal } from "../generation/question.ts";
import type { HostImports } from "../guest/adapter.ts";
import { LazyPart } from "../lazy-part.ts";
import type { PluginModule } from "../module/module.ts";
import { DoorOut } from "./door-out.ts";
import type { Caller, Mode } from "./granted-calls.ts";
import type { Linkage } from "./linkage.ts";

export const LINKS = new LazyPart(() => import("./link.ts"));

/** What a generation has of its link. */
export interface Linked extends HostImports {
  serve(): void;
  closing(): void;
  retire(): void;
  listen(hostCalls: HostCalls | undefined): void;
}

/** Awaited before a generation of a module is made. @throws PluginError `unavailable` */
export async function linksReady({ manifest, from }: PluginModule): Promise<void> {
  if (manifest.imports.length > 0 && !LINKS.there) await LINKS.load(`could not load ${from}`);
}

/** @throws PluginError `bad-grant`; whatever a factory throws */
export function linkOf(linkage: Linkage, mode: Mode, caller: Caller): Linked {
  if (linkage.matches.length === 0) return new NoLink();
  const { there } = LINKS;
  if (!there) throw new Error("a module with imports was not made ready for its links");
  return new there.Link(linkage, mode, caller);
}

class NoLink implements Linked {
  readonly asynchronous = false;
  readonly out = new DoorOut();

  imports(): Record<string, Record<string, WasmFunction>> {
    return {};
  }

  granted(owner: string, name: string): never {
    throw new TypeError(`no grant was found that serves ${owner}#${name}`);
  }

  serve(): void {}

  closing(): void {}

  listen(): void {}

  retire(): void {
    this.out.shutFor(new Refusal("its generation has ended"));
  }
}
