/** The adapter for modules of moult's own ABI, in any version that this host knows. */
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import { PluginError } from "../errors.ts";
import type { Adapter, Compiled } from "./adapter.ts";
import { moult1 } from "./v1/instance.ts";

export const moult: Adapter = {
  describe: async (module) => (await versionOf(module)).describe(module),
};

/**
 * The adapter for a module: that of the highest ABI version that both the module's markers and this host
 * know.
 */
async function versionOf({ code, from }: Compiled): Promise<Adapter> {
  const markers = WebAssembly.Module.exports(code).flatMap(({ name }) => {
    const match = name.startsWith("moult_abi_") && /^moult_abi_(\d{1,6})$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
  const known: ReadonlyMap<number, Adapter> = new Map([[1, moult1]]);
  const best = Math.max(...markers.filter((marker) => known.has(marker)));
  const adapter = known.get(best);
  if (adapter) return adapter;
  const load = `could not load ${from}`;
  const here = `this host speaks ABI ${[...known.keys()].join(", ")}`;
  if (markers.length === 0) {
    throw new PluginError(
      "no-manifest",
      `${load}: it exports no marker moult_abi_1, so it was not built for this loader; ${await hint(code)}`,
    );
  }
  const highest = Math.max(...markers);
  if (highest > Math.max(...known.keys())) {
    throw new PluginError(
      "abi-too-new",
      `${load}: it speaks ABI ${markers.join(", ")}, ${here}; update the host`,
    );
  }
  throw new PluginError(
    "abi-too-old",
    `${load}: it speaks ABI ${markers.join(", ")}, ${here}; rebuild the plugin`,
  );
}

/** The hint is loaded only for an error: programs whose modules are all plugins never need it. */
async function hint(code: WasmModule): Promise<string> {
  // Without a network the error is told without it.
  const known = await import("./foreign.ts").then(
    ({ foreignOf }) => foreignOf(code),
    () => undefined,
  );
  if (known) return `it looks like ${known.looksLike} (${known.because}): ${known.help}`;
  return 'build it with moult\'s transform, or load a plain AssemblyScript module with abi: assemblyscript() from "moult/assemblyscript"';
}
