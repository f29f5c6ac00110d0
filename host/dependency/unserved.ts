/** What a version lacks that another plugin's import wants of it. */
import type { Manifest } from "../../abi/manifest.ts";
import { camelCase } from "../../abi/type.ts";
import { fitExport } from "../contract/fit.ts";
import { parseInterface, serves } from "../contract/interface.ts";

/** Every difference, named from both sides; none where the version serves the import. */
export function unserved(manifest: Manifest, wanted: Manifest["imports"][number]): string[] {
  const owner = `the manifest of ${manifest.name}`;
  const own = manifest.interface === undefined ? undefined : parseInterface(manifest.interface, owner);
  if (!own || !serves(own, parseInterface(wanted.interface, "a manifest"))) {
    return [`wanted the interface ${wanted.interface}, found ${own?.text ?? "none"}`];
  }
  return wanted.functions.flatMap((each) => {
    const key = camelCase(each.name);
    const fitted = fitExport(manifest, key, each);
    return "problem" in fitted ? [`${key}: ${fitted.problem}`] : [];
  });
}
