/** Sources whose instances run at a server: what moves a plugin there. */
import { PluginError } from "../../errors.ts";
import type { Place } from "../../generation/place.ts";
import { LazyPart } from "../../lazy-part.ts";
import { isPlaced, PLACED, type Placed } from "../../module/placed.ts";
import type { Source } from "../../module/source.ts";
import { optionsOf } from "../../option.ts";
import { lineTo, serverUrl, type WayOptions } from "../line-to.ts";

/** How the server is called. */
export type AtOptions = WayOptions;

const FAR = new LazyPart(() => import("./far-maker.ts"));

/**
 * A module whose instances run at a server of `serveInstances`, for `load`, `swap` and `mirror`. The plugin's handle,
 * its grants and its store stay where they are: the server answers nothing that the guest asks. A swap to the module
 * itself brings it back.
 *
 * @param url as `serveInstances` gives it
 * @param source what runs there: its bytes, or where they are
 * @throws PluginError `argument`
 * @example await plugin.swap(at("https://node-2.example/", await readFile("build/visits.wasm"), { token }));
 */
export function at(url: string | URL, source: Exclude<Source, Placed>, options?: AtOptions): Placed {
  const given = { ...optionsOf(options, "at") };
  if (source === undefined || isPlaced(source)) {
    const how = 'at("http://127.0.0.1:4990/", await readFile("build/visits.wasm"))';
    throw new PluginError("argument", `could not use at: wanted a module beside the URL: ${how}`);
  }
  const base = serverUrl(url, "use at");
  // Wrong options are told here, and not by the swap.
  lineTo(base, given).close();
  const place: Place = {
    shown: base.href,
    source,
    key: JSON.stringify([base.href, given]),
    load: async () => {
      const { makerAt } = await FAR.load(`could not run a plugin at ${base.href}`);
      return makerAt(() => lineTo(base, given));
    },
  };
  return { [PLACED]: place };
}
