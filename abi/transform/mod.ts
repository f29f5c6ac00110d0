/**
 * `moult/transform`: the transform for AssemblyScript's command line, and a function that builds in this
 * process.
 */
import { transform } from "./transform.ts";

export { parseJson } from "../json/parse-json.ts";
export { type Build, type BuildOptions, build } from "./build.ts";
export { type BuildDiagnostic, BuildError, diagnosticText } from "./build-error.ts";
export { type Library, library } from "./library.ts";
export { transform };
export default transform();
