/** Builds of a module that was compiled here, wherever its generations run. */
import type { Manifest } from "../../abi/manifest.ts";
import { bindings } from "../contract/bindings.ts";
import type { Contract } from "../contract/contract.ts";
import type { PluginModule } from "../module/module.ts";
import type { Build, Candidate, CandidateOptions } from "./generation.ts";

export abstract class ModuleBuild implements Build {
  readonly module: PluginModule;
  readonly bytes: Uint8Array | undefined;

  constructor(module: PluginModule, bytes: Uint8Array | undefined) {
    this.module = module;
    this.bytes = bytes;
  }

  get manifest(): Manifest {
    return this.module.manifest;
  }

  get typed(): boolean {
    return this.module.typed;
  }

  get digest(): string | undefined {
    return this.module.digest;
  }

  get from(): string {
    return this.module.from;
  }

  get warnings(): readonly string[] {
    return this.module.warnings;
  }

  fit(contracts: readonly Contract[]): void {
    for (const each of contracts) bindings(each, this.module);
  }

  abstract candidate(options: CandidateOptions): Candidate;
}
