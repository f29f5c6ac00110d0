/** Writes schema.json: the settings in a plugin's package.json, for editors. */
import { writeFileSync } from "node:fs";
import { packageSchema } from "moult/dev";

const file = new URL("../schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(packageSchema(), null, 2)}\n`);
