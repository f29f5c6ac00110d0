/** The ABI's two texts, WIT and prose, have the names that the code has. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { kebabCase, LIMITS, v1 } from "../../abi/tools.ts";
import { config, http, kv } from "../../host/capabilities/mod.ts";
import { witText } from "../../host/dev/texts/wit-text.ts";
import { type Grant, log } from "../../host/mod.ts";
import { build } from "../kept/build.ts";

const wit = read("abi/moult.wit");
const page = read("abi/README.md");

it("names in WIT what the code names, and nothing else", () => {
  const granted = [config({}), http({ allow: [] }), kv(), log(console)].flatMap(functionsOfGrant);
  expect(functionsOf(wit)).toEqual(
    new Set([v1.START, v1.STOP, v1.SAVE, v1.RESTORE, v1.RESTORED, ...granted]),
  );
});

it("gives the log in WIT the type that the host grants", () => {
  const level = log(console).functions.get("write")!.type.params[0]!.type as { enum: string[] };
  expect(log(console).interface.text).toBe("moult:log/log@1.0.0");
  expect(wit).toContain(`enum level { ${level.enum.join(", ")} }`);
});

it("gives the other capabilities in WIT the types that the guest library asks for", async () => {
  const asked = ["keeper", "caller"].map((name) =>
    build(new URL(`../guests/capabilities/${name}.ts`, import.meta.url), { optimize: "debug" }),
  );
  const plain = (text: string) => text.replaceAll(/^\s*\/\/\/.*$/gm, "").replaceAll(/,?\s+/g, " ");
  for (const { manifest } of await Promise.all(asked)) {
    const blocks = [...witText(manifest).matchAll(/^package moult:\S+ \{\n[\s\S]*?^\}/gm)];
    expect(blocks.length).toBe(manifest.imports.length);
    for (const [block] of blocks) expect(plain(wit)).toContain(plain(block));
  }
});

it("is told in prose with every name and limit of the code", () => {
  const names = Object.values(v1).filter((value) => typeof value === "string");
  expect(
    names.filter((name) => ![name, `#${name.split("#")[1]}`].some((text) => page.includes(`\`${text}`))),
  ).toEqual([]);
  const { schemaNodes, nesting, weightless, lifted } = LIMITS;
  const limits = [schemaNodes, nesting, weightless].map((limit) => limit.toLocaleString("en-US"));
  for (const limit of [...limits, `${lifted >> 20} MiB`]) expect(page).toContain(limit);
});

it("finds functions in the packages and interfaces that they stand in", () => {
  const text =
    "package a:b@1.0.0;\ninterface i {\n  f: func();\n}\npackage c:d@2.0.0 {\n  interface j {\n    g: func();\n  }\n}\n";
  expect(functionsOf(text)).toEqual(new Set(["a:b/i@1.0.0#f", "c:d/j@2.0.0#g"]));
});

function functionsOfGrant({ interface: { text }, functions }: Grant): string[] {
  return [...functions.keys()].map((key) => `${text}#${kebabCase(key)}`);
}

/** `moult:plugin/life@1.0.0#start` and so on, as far as this file's plain form goes. */
function functionsOf(text: string): Set<string> {
  const names = new Set<string>();
  let [pack, version, owner] = ["", "", ""];
  for (const line of text.split("\n")) {
    const [, newPack, newVersion] = /^package ([a-z:-]+)@([\d.]+)/.exec(line) ?? [];
    if (newPack !== undefined) [pack, version] = [newPack, newVersion as string];
    owner = /^\s*interface ([a-z-]+)/.exec(line)?.[1] ?? owner;
    const name = /^\s+([a-z-]+): func\(/.exec(line)?.[1];
    if (name !== undefined) names.add(`${pack}/${owner}@${version}#${name}`);
  }
  return names;
}

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}
