/** A process that pulls into a cache, over and over. @see cache.test.ts */
import { createHash } from "node:crypto";
import { pull } from "../../host/oci/mod.ts";

const [folder = "", maxBytes, times, ...references] = process.argv.slice(2);
const cache = { folder, maxBytes: Number(maxBytes) };
let pulled = 0;
for (let i = 0; i < Number(times); i++) {
  for (const reference of references) {
    const { bytes, sha256 } = await pull(reference, { cache });
    if (createHash("sha256").update(bytes).digest("hex") !== sha256)
      throw new Error(`${reference} is another one`);
    pulled++;
  }
}
console.log(pulled);
