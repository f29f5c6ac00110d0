/** The list in a page, which leaves its results on the window. */
import { FEATURES } from "./list.js";
import { run } from "./run.js";

const url = (name) => new URL(`./${name}.wasm`, import.meta.url);
window.run = async (given) => {
  const read = async (name) => new Uint8Array(await (await fetch(url(name))).arrayBuffer());
  return run(FEATURES, { ...given, url, read });
};
document.title = "ready";
