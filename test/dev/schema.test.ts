import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { packageSchema } from "../../host/dev/settings.ts";

it("describes the settings in schema.json as the code has them", async () => {
  const file = fileURLToPath(new URL("../../schema.json", import.meta.url));
  const message = "schema.json is not what host/dev/settings.ts says: run `npm run schema`";
  await expect(`${JSON.stringify(packageSchema(), null, 2)}\n`, message).toMatchFileSnapshot(file);
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
