import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { packageSchema } from "../../host/dev/mod.ts";

it("describes the settings in schema.json as the code has them", async () => {
  const committed = await readFile(new URL("../../schema.json", import.meta.url), "utf8");
  const message = "schema.json is not what host/dev/settings.ts says: run `npm run schema`";
  expect(JSON.parse(committed), message).toEqual(packageSchema());
});

it("tells an editor what each setting means, and takes no others", () => {
  const { properties } = packageSchema() as { properties: { moult: Record<string, unknown> } };
  const { moult } = properties;
  expect(moult).toMatchObject({ type: "object", additionalProperties: false });
  expect(moult.required).toBeUndefined();
  const settings = Object.entries(moult.properties as Record<string, { description?: string }>);
  expect(settings.map(([name]) => name)).toEqual(
    expect.arrayContaining(["interface", "entry", "out", "grant"]),
  );
  expect(settings.filter(([, { description }]) => !description)).toEqual([]);
});
