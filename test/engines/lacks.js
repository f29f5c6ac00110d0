/**
 * What engines lack, told in this one place: there the feature fails with this error, which the documents name.
 * Everything else has to work in every engine.
 */
const NO_SUSPENSION = { error: "no-suspension", why: "the engine cannot suspend WebAssembly (JSPI)" };

export const LACKS = [
  { feature: "async-grants", engine: "Node.js", below: 24, ...NO_SUSPENSION },
  { feature: "async-grants", engine: "WebKitGTK", ...NO_SUSPENSION },
  {
    feature: "endless",
    engine: "WebKitGTK",
    error: "invalid-module",
    why: "the engine does not end a loop with its thread: some that were given up keep two cores, and what starts beside them within 400 ms is late",
  },
  {
    feature: "guest-stack",
    engine: "Bun",
    error: "no-place",
    why: "the engine tells no offsets of WebAssembly: an abort has its place, other traps have none",
  },
];

/** @returns what the engine lacks of it; nothing where it has to work */
export function lackOf(feature, { engine, version }) {
  const major = Number.parseInt(version, 10);
  return LACKS.find(
    (each) =>
      each.feature === feature &&
      each.engine === engine &&
      !(each.below !== undefined && major >= each.below),
  );
}
