/** The versions that the hammer swaps. */
import type { SourcePlan } from "./step.ts";
import { pass } from "./gap.ts";
import type { Oddity } from "./ledger.ts";

/** A shape of the state. */
type Shape = "first" | "wide" | "moved";

export interface VersionKind extends Oddity {
  readonly name: string;
  /** What its receipts say. */
  readonly number: number;
  readonly shape: Shape;
  /** States that it can take over. */
  readonly takes: readonly Shape[];
  /** It has the function of the wider view. */
  readonly more: boolean;
  /** Its instances trap after some calls. */
  readonly tires: boolean;
}

function kind(number: number, name: string, more: Partial<VersionKind> = {}): VersionKind {
  const plain = { differs: false, idle: false, tires: false, more: false };
  return { name, number, shape: "first", takes: ["first"], ...plain, ...more };
}

export const VERSIONS: readonly VersionKind[] = [
  kind(1, "one"),
  kind(2, "two", { more: true }),
  kind(3, "wide", { more: true, shape: "wide", takes: ["first", "wide"] }),
  kind(4, "moved", { more: true, shape: "moved", takes: ["first", "moved"] }),
  kind(5, "back", { more: true, takes: ["first", "wide", "moved"] }),
  kind(6, "differs", { differs: true }),
  kind(7, "tired", { tires: true }),
  kind(8, "idle", { idle: true }),
];

/** Versions with their bytes. */
export class Versions {
  readonly #bytes: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly #modules = new Map<string, WebAssembly.Module>();

  private constructor(bytes: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
    this.#bytes = bytes;
  }

  /** @param make builds one, as the version `number.0.0` */
  static async of(make: (name: string, version: string) => Promise<Uint8Array>): Promise<Versions> {
    const bytes = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const { name, number } of VERSIONS) {
      bytes.set(name, new Uint8Array(await make(name, `${number}.0.0`)));
    }
    return new Versions(bytes);
  }

  bytes(name: string): Uint8Array<ArrayBuffer> {
    const found = this.#bytes.get(name);
    if (!found) throw new Error(`there is no version ${name}`);
    return found;
  }

  /** What a swap is given. */
  source({ version, as, slow }: SourcePlan): Uint8Array | WebAssembly.Module | Response | URL {
    const bytes = this.bytes(version);
    switch (as) {
      case "bytes":
        return bytes;
      case "module":
        return this.#module(version, bytes);
      case "response":
        return new Response(slowly(bytes, slow));
      case "missing":
        return new URL("file:///nowhere/missing.wasm");
      case "junk":
        return bytes.slice(0, bytes.length >> 1);
      default:
        throw new Error(`no source is ${String(as satisfies never)}`);
    }
  }

  #module(name: string, bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
    const known = this.#modules.get(name);
    if (known) return known;
    const module = new WebAssembly.Module(bytes);
    this.#modules.set(name, module);
    return module;
  }
}

function slowly(bytes: Uint8Array<ArrayBuffer>, slow: SourcePlan["slow"]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      if (slow) await pass(slow);
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** The kind with this name, with this number, or with this version in its manifest: `wide`, 3, `3.0.0`. */
export function kindOfVersion(version: string | number): VersionKind {
  const found = VERSIONS.find(
    ({ name, number }) => name === version || number === version || `${number}.0.0` === version,
  );
  if (!found) throw new Error(`there is no version ${version}`);
  return found;
}
