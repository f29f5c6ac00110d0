import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf, sourceClass, sourceStep } from "../../host/cli/migrated/source-class.ts";
import { load } from "../../host/mod.ts";
import { build } from "../kept/build.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
const migrate = (...args: string[]) => command(["migrate", ...args], { cwd });
const read = (name: string) => readFile(join(cwd, name), "utf8");
const wasm = async (name: string) => (await build(join(cwd, name), { optimize: "debug" })).wasm;
/** What `code` does to a plugin is in its state, which another one goes on with. */
async function carried(from: string, to: string, call: string, ...args: unknown[]) {
  const old = await load(await wasm(from));
  await old.call[call]!(...args);
  const state = await old.snapshot();
  await old.close();
  return load(await wasm(to), { state });
}

const counter = (
  field: string,
  from = `{ return { ${field}: old.count }; }`,
) => `import { state } from "moult/guest";

class CounterV1 {
  count: u32 = 0;
}

/** What is counted. */
@state
export class Counter {
  ${field}: u64 = 0; // "{" is no brace

  /** As it was before. */
  static from(old: CounterV1): Counter ${from}
}

const c = state<Counter>();
export function add(n: u64): u64 {
  return (c.${field} += n);
}
`;

describe("moult migrate", () => {
  it("writes the class of the old version and its step, and moves the step that was there", async () => {
    await write("one/old.ts", counter("total"));
    await write("one/new.ts", counter("sum"));
    expect(await migrate("one/old.ts", "one/new.ts", "--write")).toEqual({
      exit: 0,
      err: "building one/old.ts\nbuilding one/new.ts\n",
      out: "wrote CounterV2 into one/new.ts\n",
    });
    expect(await read("one/new.ts")).toBe(`import { state } from "moult/guest";

class CounterV1 {
  count: u32 = 0;
}

class CounterV2 {
  total: u64 = 0;
  static from(old: CounterV1): CounterV2 { return { total: old.count }; }
}

/** What is counted. */
@state
export class Counter {
  sum: u64 = 0; // "{" is no brace

  /** As it was before. */
  static from(old: CounterV2): Counter {
    const made = new Counter();
    made.sum = old.total;
    return made;
  }
}

const c = state<Counter>();
export function add(n: u64): u64 {
  return (c.sum += n);
}
`);
    const next = await carried("one/old.ts", "one/new.ts", "add", 5_000_000_000n);
    expect(await next.call.add!(1n)).toBe(5_000_000_001n);
    await next.close();
    await write(
      "one/first.ts",
      'import { state } from "moult/guest";\n@state class Counter { count: u32 = 7; }\nstate<Counter>();\nexport function go(): void {}\n',
    );
    const far = await carried("one/first.ts", "one/new.ts", "go");
    expect(await far.call.add!(0n)).toBe(7n);
    await far.close();
    expect(await migrate("one/old.ts", "one/new.ts", "--write")).toMatchObject({
      exit: 0,
      out: "nothing is needed: the state crosses already, by CounterV2 -> Counter\n",
    });
  });

  it("keeps a step that it cannot place as a comment, and says what is to be decided", async () => {
    await write("two/old.ts", counter("total"));
    await write("two/old.wasm", await wasm("two/old.ts"));
    await write("two/new.ts", counter("sum"));
    expect(await migrate("two/old.wasm", "two/new.ts", "--write")).toMatchObject({
      exit: 0,
      out:
        "wrote CounterV2 into two/new.ts\n  two/new.ts:12  no way from CounterV1 to CounterV2 yet\n" +
        "until you have decided, a swap is refused there and nothing is lost\n",
    });
    expect(await read("two/new.ts")).toContain(`class CounterV2 {
  total: u64 = 0;
  static from(old: CounterV1): CounterV2 {
    // Until now Counter was made of CounterV1: what its \`from\` did belongs here.
    // static from(old: CounterV1): Counter { return { sum: old.count }; }
    throw new Error("no way from CounterV1 to CounterV2 yet");
  }
}
`);
    const next = await carried("two/old.ts", "two/new.ts", "add", 5_000_000_000n);
    expect(await next.call.add!(1n)).toBe(5_000_000_001n);
    await next.close();
  });

  const shop = (page: string, more = "") => ({
    plugin: `import { state } from "moult/guest";
import { Page } from "./page";

@state
class Site {
  pages: Map<string, Array<Page>> = new Map();
  on: bool = true;${more}
}
const site = state<Site>();
export function put(path: string): void { site.pages.set(path, [new Page()]); }
export function look(path: string): string { return site.pages.get(path)[0].text(); }
`,
    page,
  });

  it("writes into the file that has the class, from a snapshot too", async () => {
    const old = shop(`import { Option } from "moult/guest";
export class Page {
  hits: u32 = 3;
  maybe: Option<u8> = Option.some<u8>(4);
  gone: string = "gone";
  text(): string { return this.hits.toString(); }
}
`);
    await write("three/old/plugin.ts", old.plugin);
    await write("three/old/page.ts", old.page);
    const next = shop(`// Pages of a site.
export class Page {
  hits: u64 = 3;
  maybe: string = "";
  text(): string { return this.hits.toString() + this.maybe; }
}
`);
    await write("three/new/plugin.ts", next.plugin);
    await write("three/new/page.ts", next.page);
    const plugin = await load(await wasm("three/old/plugin.ts"));
    await plugin.call.put!("a");
    const state = await plugin.snapshot();
    await plugin.close();
    await write("three/old.avro", state);
    expect(await migrate("three/old.avro", "three/new/plugin.ts", "--write")).toMatchObject({
      exit: 0,
      out:
        "wrote PageV1 into three/new/page.ts\n" +
        "  three/new/page.ts:17  decide what maybe becomes of old.maybe\n" +
        "  three/new/page.ts:18  decide what becomes of old.gone\n" +
        "until you have decided, a swap is refused there and nothing is lost\n",
    });
    expect(await read("three/new/plugin.ts")).toBe(next.plugin);
    const page = await read("three/new/page.ts");
    expect(page).toBe(`import { Option } from "moult/guest";
class PageV1 {
  hits: u32 = 0;
  maybe: Option<u8> = Option.none<u8>();
  gone: string = "";
}

// Pages of a site.
export class Page {
  hits: u64 = 3;
  maybe: string = "";
  text(): string { return this.hits.toString() + this.maybe; }

  static from(old: PageV1): Page {
    const made = new Page();
    made.hits = old.hits;
    throw new Error("decide what maybe becomes of old.maybe");
    throw new Error("decide what becomes of old.gone");
    return made;
  }
}
`);
    const decided = page
      .replace(
        'throw new Error("decide what maybe becomes of old.maybe");',
        "made.maybe = old.maybe.value.toString();",
      )
      .replace('throw new Error("decide what becomes of old.gone");', "made.maybe += old.gone;");
    await expect(load(await wasm("three/new/plugin.ts"), { state })).rejects.toThrow("decide what maybe");
    await write("three/new/page.ts", decided);
    const done = await load(await wasm("three/new/plugin.ts"), { state });
    expect(await done.call.look!("a")).toBe("34gone");
    await done.close();
  });

  it("writes a name where only that has changed", async () => {
    const text = (name: string) => `import { state } from "moult/guest";
enum ${name} { Red, Green }
@state class S { color: ${name} = ${name}.Green; }
const s = state<S>();
export function color(): i32 { return s.color; }
`;
    await write("four/old.ts", text("Hue"));
    await write("four/new.ts", text("Color"));
    expect((await migrate("four/old.ts", "four/new.ts", "--write")).out).toBe(
      'wrote @was("Hue") into four/new.ts\n',
    );
    expect(await read("four/new.ts")).toBe(text("Color").replace("enum", '@was("Hue") enum'));
    expect((await migrate("four/old.ts", "four/new.ts")).out).toContain("crosses already");
  });

  it("shows what it would write, and as JSON", async () => {
    await write("five/old.ts", counter("total"));
    await write("five/new.ts", counter("sum"));
    const { exit, out } = await migrate("five/old.ts", "five/new.ts");
    expect(exit).toBe(0);
    expect(out).toContain(
      '- If total is called sum now, in class Counter:\n\n    @was("total") sum: u64 = 0;\n',
    );
    expect(out).toContain("- Else a step. Above class Counter:\n\n    class CounterV2 {\n");
    expect(out.endsWith("\n--write puts the steps into the files\n")).toBe(true);
    expect(await read("five/new.ts")).toBe(counter("sum"));
    const json = JSON.parse((await migrate("five/old.ts", "five/new.ts", "--json")).out);
    expect(json).toMatchObject({
      crosses: false,
      advice: [
        { words: [{ decorator: '@was("total")' }], step: { older: "CounterV2", oldest: "CounterV1" } },
      ],
    });
  });

  it("leaves files alone that would not build, and says why", async () => {
    const text = (type: string) => `import { state } from "moult/guest";
@state class S {
  readonly kept: u32 = 1;
  changed: ${type};
}
state<S>();
export function go(): void {}
`;
    await write("six/old.ts", text("u32 = 0"));
    await write("six/new.ts", text('string = ""'));
    const { exit, err } = await migrate("six/old.ts", "six/new.ts", "--write");
    expect(exit).toBe(1);
    expect(err).toMatch(
      /could not write the steps: with them it does not build \(.*kept.*\); the files are as they were\n/,
    );
    expect(err).toContain("hint: without --write the steps are shown, to be put where they belong by hand\n");
    expect(await read("six/new.ts")).toBe(text('string = ""'));
  });

  it("says what it cannot write: a step of a generic class", async () => {
    const text = (type: string) => `import { state } from "moult/guest";
class Box<T> { value: T | null = null; n: ${type}; }
@state class S { box: Box<string> = new Box<string>(); }
state<S>();
export function go(): void {}
`;
    await write("seven/old.ts", text("u32 = 0"));
    await write("seven/new.ts", text('string = ""'));
    expect(await migrate("seven/old.ts", "seven/new.ts", "--write")).toMatchObject({
      exit: 1,
      err: expect.stringContaining(
        "could not write the steps: no file of the plugin declares class BoxString",
      ),
    });
  });

  it("is asked wrongly with what has no state", async () => {
    await write("eight/none.ts", "export function go(): void {}\n");
    await write("eight/new.ts", counter("sum"));
    await write("eight/page.html", "<html>");
    const wrong = async (old: string) => (await migrate(old, "eight/new.ts")).err.split("\n")[0];
    expect((await migrate("eight/none.ts", "eight/new.ts")).exit).toBe(2);
    expect((await migrate("eight/none.ts", "eight/new.ts")).err).toContain("none 0.0.0 keeps no state");
    expect(await wrong("eight/no.wasm")).toContain("could not read eight/no.wasm: there is no such file");
    expect((await migrate("eight/page.html", "eight/new.ts")).exit).toBe(2);
    expect((await migrate("eight/new.ts", "eight/none.ts")).err).toContain(
      "could not migrate eight/new.ts to eight/none.ts: none 0.0.0 keeps no state",
    );
  });
});

describe("a class in an author's file", () => {
  const found = (text: string, name = "A") => {
    const one = sourceClass(text, "class", name);
    return (
      one && [
        text.slice(one.start, one.head),
        text.slice(one.head, one.open),
        text.slice(one.open, one.close),
      ]
    );
  };
  it.each<[string, string, ...string[]]>([
    ["with nothing about it", "class A { a }", "", "class A {", " a "],
    [
      "that is exported, of a base",
      "export class A extends B<u32> { a }",
      "",
      "export class A extends B<u32> {",
      " a ",
    ],
    [
      "with decorators and comments",
      '// x\n/** y\n * z */\n@state @was("A{") class A {}',
      '// x\n/** y\n * z */\n@state @was("A{") ',
      "class A {",
      "",
    ],
    [
      "after others, and what looks like it",
      'class AB {}\nconst x = "class A {";\n// class A {\n\nclass A { b }',
      "",
      "class A {",
      " b ",
    ],
    [
      "with braces in texts",
      'class A { s: string = "}"; t = `}`; /* } */ f(): void { if (x) {} } }',
      "",
      "class A {",
      ' s: string = "}"; t = `}`; /* } */ f(): void { if (x) {} } ',
    ],
  ])("%s is found", (_, text, ...parts) => expect(found(text)).toEqual(parts));

  it("is not there when it is another, or does not end", () => {
    expect(found("class B {}")).toBeUndefined();
    expect(found("class A {")).toBeUndefined();
    expect(found("namespace n { class A {} }")).toBeUndefined();
  });

  it("has the step of its own, and not one that looks like it", () => {
    const text =
      'class A {\n  // static from(x: B): A {\n  f(): void { const s = "static from(x: B): A {"; }\n  static from(old: B): A { if (x) { return y; } return z; }\n  g(): void {}\n}';
    const { start, end } = sourceStep(text, sourceClass(text, "class", "A")!)!;
    expect(text.slice(start, end)).toBe("  static from(old: B): A { if (x) { return y; } return z; }");
    expect(codeOf('a "b" // c\nd')).toBe(`a${" ".repeat(9)}\nd`);
  });
});
