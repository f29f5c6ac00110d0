/** The list of features in a page of Chromium; `npm run engines` runs it in other browsers, and all of it. */
import { describe, inject, it } from "vitest";
import { ENGINES } from "./engines.ts";
import { expectAll, furnished } from "./short.ts";

const own = furnished(inject("packed"));
const engine = ENGINES.find(({ id }) => id === "chromium")!;
const absent = engine.absent();

describe.skipIf(absent !== undefined)(absent ? `Chromium (not here: ${absent})` : "Chromium", () => {
  it("does what the tables of platforms say", () => expectAll(engine, own.folder));
});
