/** The list of features in every engine with files that is here; `npm run engines` runs it in more of them, and all of it. */
import { describe, inject, it } from "vitest";
import { ENGINES } from "./engines.ts";
import { expectAll, furnished } from "./short.ts";

const own = furnished(inject("packed"));
const ASKED = ["node20", "node26", "deno", "bun"];

for (const engine of ENGINES.filter(({ id }) => ASKED.includes(id))) {
  const absent = engine.absent();
  describe.skipIf(absent !== undefined)(absent ? `${engine.name} (not here: ${absent})` : engine.name, () => {
    it("does what the tables of platforms say", () => expectAll(engine, own.folder));
  });
}
