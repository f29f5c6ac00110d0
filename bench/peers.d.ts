/** Types of the peers, as far as they are used, so that type checks need not install them. */

declare module "@extism/extism" {
  export interface ExtismOutput extends DataView {
    text(): string;
    bytes(): Uint8Array;
  }
  export interface ExtismPlugin {
    call(name: string, input?: string | Uint8Array): Promise<ExtismOutput | null>;
    reset(): Promise<boolean>;
    close(): Promise<void>;
  }
  export default function createPlugin(
    source: ArrayBuffer | WebAssembly.Module,
    options?: { useWasi?: boolean; runInWorker?: boolean },
  ): Promise<ExtismPlugin>;
}

interface JcoApi {
  componentEmbed(options: {
    binary: Uint8Array;
    witSource: string;
    stringEncoding: string;
  }): Promise<Uint8Array>;
  componentNew(binary: Uint8Array, adapters: []): Promise<Uint8Array>;
  transpile(
    component: Uint8Array,
    options: { name: string; instantiation: unknown; noTypescript: boolean },
  ): Promise<{ files: Record<string, Uint8Array> }>;
}

declare module "jco" {
  const api: JcoApi;
  export = api;
}

declare module "jco-1.8" {
  const api: JcoApi;
  export = api;
}
