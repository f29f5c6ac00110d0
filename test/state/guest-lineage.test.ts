import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Build } from "../../abi/transform/build.ts";
import { build } from "../kept/build.ts";

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "moult-lineage-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function made(text: string): Promise<Build> {
  const file = join(folder, `plugin-${count++}.ts`);
  await writeFile(
    file,
    `import { Option, Result, state } from "moult/guest";\n${text}\nexport function go(): void {}\n`,
  );
  return build(file, { name: "demo", version: "1.0.0", optimize: "debug", sourceMap: false });
}

/** What the compiler says of a program, each as `line: message`, where line 1 is the program's first. */
async function errorsOf(text: string): Promise<string[]> {
  try {
    await made(text);
  } catch (error) {
    const { diagnostics } = error as { diagnostics?: { line?: number; message: string }[] };
    if (diagnostics === undefined) throw error;
    return diagnostics.map(({ line, message }) => `${(line ?? 0) - 1}: ${message}`);
  }
  return [];
}

const why = "state<T>() makes the one object of it";
const form = "a migration is `static from(old: Older): A`";
const older = "an older version of it needs no mark, only `static from(old)` in the class that follows it";
const avro = "Avro takes letters of ASCII, digits and _";

const refused: Record<string, readonly [text: string, ...errors: string[]]> = {
  "two @state classes": [
    "@state class A {}\n@state class B {}",
    `2: A is the @state class: there can be only one; ${older}`,
  ],
  "a generic @state class": [
    "@state class A<T> { x: T; }",
    "1: A is generic: @state marks a class without type parameters",
  ],
  "@state on a function": [
    "@state function f(): void {}",
    "1: f is no class: @state marks the class that holds the state",
  ],
  "a constructor with parameters": [
    "@state class A { constructor(x: i32) {} }",
    `1: A needs a constructor without parameters: ${why}, so give x a default`,
  ],
  "an inherited constructor with parameters": [
    "class Base { constructor(x: i32) {} }\n@state class A extends Base { a: u32 = 0; }",
    `2: A needs a constructor without parameters: ${why}, so give x a default`,
  ],
  "a private constructor": [
    "@state class A { private constructor() {} }",
    `1: the constructor of A must be public: ${why}`,
  ],
  "@shared on the @state class": [
    "@state @shared class A { a: u32 = 0; }",
    "1: A is the @state class, of which there is one object: keep what refers back in a class of its own, marked @shared, in a field of it",
  ],
  "a field whose class has subclasses": [
    "class P {}\nclass Q extends P {}\n@state class A {\n  a: Map<string, P[]> = new Map();\n}",
    "4: A.a can hold a Q, which would come back as P: keep a class that nothing extends",
  ],
  "field names that Avro cannot hold": [
    "@state class A {\n  $x: u32 = 0;\n  ä: u32 = 0;\n}",
    `2: state cannot have the name $x: ${avro}`,
    `3: state cannot have the name ä: ${avro}`,
  ],
  "a member of an enum that Avro cannot hold": [
    "enum E { $a }\n@state class A { e: E = E.$a; }",
    `1: state cannot have the name $a: ${avro}`,
  ],
  "a class whose name is a type of Avro": [
    "class bytes {}\n@state class A { e: bytes = new bytes(); }",
    "1: bytes is a type of Avro's own: give it another name",
  ],
  "a Result": [
    "@state class A {\n  r: Result<u32, string> | null = null;\n}",
    "2: A.r holds a Result, which is an answer and no state: keep what it was, and the error's text",
  ],
  "an option of an option": [
    "@state class A {\n  r: Option<Option<u32>> = Option.none<Option<u32>>();\n}",
    "2: A.r is optional twice, which Avro cannot tell apart: put a class between",
  ],
  "a type that nests deeper than hosts read": [
    `@state class A { a: ${"Array<".repeat(70)}u8${">".repeat(70)} = []; }`,
    `1: no host could read the state of A: schema, a${"[]".repeat(64)}: types nest more than 64 deep`,
  ],
  "a migration of two parameters": [
    "class B {}\n@state class A {\n  static from(a: B, b: B): A { return new A(); }\n}",
    `3: found 2 parameters: ${form}`,
  ],
  "a migration without parameters": [
    "@state class A {\n  static from(): A { return new A(); }\n}",
    `2: found 0 parameters: ${form}`,
  ],
  "a migration with an optional parameter": [
    "class B {}\n@state class A {\n  static from(b: B = new B()): A { return new A(); }\n}",
    `3: the parameter is not a plain one: ${form}`,
  ],
  "a migration to another class": [
    "class B {}\n@state class A {\n  static from(a: B): B { return a; }\n}",
    `3: the result is of another type: ${form}`,
  ],
  "a migration from what is no class": [
    "@state class A {\n  static from(a: string): A { return new A(); }\n}",
    `2: the parameter is not of a class of yours: ${form}`,
  ],
  "a migration from null": [
    "class B {}\n@state class A {\n  static from(b: B | null): A { return new A(); }\n}",
    `3: the parameter is not of a class of yours: ${form}`,
  ],
  "a generic migration": [
    "class B {}\n@state class A {\n  static from<T>(b: B): A { return new A(); }\n}",
    `3: \`from\` is generic: ${form}`,
  ],
  "two migrations of one class": [
    `class B {}\nclass C {}\n@state class A {
  static from(b: B): A { return new A(); }
  static from(c: C): A { return new A(); }\n}`,
    "5: Duplicate identifier 'from'.",
    "5: A has two `static from`: let the older class have a `static from` of its own, " +
      "and steps are taken one after the other",
  ],
  "a migration from itself": [
    "@state class A {\n  static from(b: A): A { return new A(); }\n}",
    "2: a state cannot come from itself: A, from A",
  ],
  "a loop of migrations": [
    `class B { static from(c: C): B { return new B(); } }
class C {\n  static from(c: B): C { return new C(); }\n}
@state class A { static from(b: B): A { return new A(); } }`,
    "3: a state cannot come from itself: A, from B, from C, from B",
  ],
  "state<T>() of a class that is not the @state class": [
    "@state class A { b: u32 = 0; }\nclass B {}\nstate<B>();",
    "2: state<B>() is called, and B is not the @state class: that is A, so keep it there",
  ],
  "state<T>() without any @state class": [
    "class B {}\nstate<B>();",
    "1: state<B>() is called, and B is not the @state class: mark B with @state",
  ],
};

describe("the build refuses, at the author's line,", () => {
  test.each(Object.entries(refused))("%s", async (_, [text, ...errors]) => {
    expect(await errorsOf(text)).toEqual(errors);
  });
});

describe("the manifest of a plugin with older state classes", () => {
  const text = `
enum ColorV1 { Red }
class ClientV1 { name: string = ""; color: ColorV1 = ColorV1.Red; ids: Map<u32, u32> = new Map(); }
class TotalsV1 { lines: u32 = 0; clients: ClientV1[] = []; byId: Map<u32, string> = new Map(); }
class TotalsV2 {
  lines: u64 = 0;
  clients: ClientV1[] = [];
  static from(old: TotalsV1): TotalsV2 { return new TotalsV2(); }
}
class Client { name: string = ""; hits: u64 = 0; }
@state class Totals {
  lines: u64 = 0;
  clients: Map<string, Client> = new Map();
  static from(old: TotalsV2): Totals { return new Totals(); }
}`;

  test("lists them from the newest to the oldest, each with the names of today as aliases", async () => {
    const { manifest } = await made(text);
    const long = { type: "long", moult: "u32" };
    const clients = {
      name: "clients",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "ClientV1",
          aliases: ["Client"],
          fields: [
            { name: "name", type: "string", default: "" },
            {
              name: "color",
              type: { type: "enum", name: "ColorV1", aliases: ["Color"], symbols: ["Red"] },
              default: "Red",
            },
            {
              name: "ids",
              type: {
                type: "array",
                items: {
                  type: "record",
                  name: "ClientV1_ids",
                  aliases: ["Client_ids"],
                  fields: [
                    { name: "key", type: long },
                    { name: "value", type: long },
                  ],
                },
                moult: "map",
              },
              default: [],
            },
          ],
        },
      },
      default: [],
    };
    expect(manifest.state?.migrations.map(({ name, schema }) => ({ name, schema }))).toEqual([
      {
        name: "TotalsV2",
        schema: {
          type: "record",
          name: "TotalsV2",
          aliases: ["Totals"],
          fields: [{ name: "lines", type: { type: "long", moult: "u64" }, default: 0 }, clients],
        },
      },
      {
        name: "TotalsV1",
        schema: {
          type: "record",
          name: "TotalsV1",
          aliases: ["Totals"],
          fields: [
            { name: "lines", type: long, default: 0 },
            clients,
            {
              name: "byId",
              type: {
                type: "array",
                items: {
                  type: "record",
                  name: "TotalsV1_byId",
                  aliases: ["Totals_byId"],
                  fields: [
                    { name: "key", type: long },
                    { name: "value", type: "string" },
                  ],
                },
                moult: "map",
              },
              default: [],
            },
          ],
        },
      },
    ]);
  });
});
