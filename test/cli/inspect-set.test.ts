/** `moult inspect` of several plugins: which calls which. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { guest } from "../dependency/guest.ts";
import { guest as faulty, manifest, wat } from "../faults/guest.ts";
import { command } from "./command.ts";
import { folder } from "./folder.ts";

const { path: cwd, write } = await folder();
const inspect = (...args: string[]) => command(["inspect", ...args], { cwd });

beforeAll(async () => {
  await mkdir(join(cwd, "plugins"));
  await mkdir(join(cwd, "empty"));
  for (const name of ["base", "middle", "top"]) await write(`plugins/${name}.wasm`, await guest(name));
  await write("granted.wasm", await faulty("granted"));
  for (const name of ["left", "right"]) await write(`${name}.wasm`, await guest(name));
});

it("draws which of several plugins calls which, and what is left to be granted", async () => {
  expect(await inspect("plugins", "granted.wasm")).toEqual({
    exit: 0,
    err: "",
    out: `4 plugins, 2 called by others
  top 1.0.0
  ├─ base 1.0.0: add of test:dependencies/base@1.0.0
  └─ middle 1.0.0: add of test:dependencies/middle@1.0.0
     └─ base 1.0.0: add, total, sum, half, fail of test:dependencies/base@1.0.0
  counter 1.0.0

Left to be granted
  counter   test:faults/metrics@1.0.0   look, act, tell, attempt

They begin in this order
  base, counter, middle, top
`,
  });
});

it("prints the same as JSON, and for Mermaid", async () => {
  const { out } = await inspect("plugins/base.wasm", "plugins/middle.wasm", "--json");
  expect(JSON.parse(out)).toMatchObject({
    plugins: [
      {
        name: "base",
        version: "1.0.0",
        interface: "test:dependencies/base@1.0.0",
        sha256: expect.stringMatching(/^\w{64}$/),
      },
      { name: "middle" },
    ],
    dependencies: [{ from: "middle", to: "base", interface: "test:dependencies/base@1.0.0" }],
    asks: [],
    order: ["base", "middle"],
    problems: [],
  });
  await write("quoted.wasm", await wat("", { manifest: manifest({ name: 'a "b" <c>' }) }));
  expect((await inspect("plugins", "granted.wasm", "quoted.wasm", "--mermaid")).out).toBe(`graph TD
  p0["base 1.0.0"]
  p1["middle 1.0.0"]
  p2["top 1.0.0"]
  p3["counter 1.0.0"]
  p4["a #34;b#34; #60;c#62; 1.0.0"]
  h0(["test:faults/metrics@1.0.0"])
  p1 -->|"add, total, sum, half, fail"| p0
  p2 -->|"add"| p0
  p2 -->|"add"| p1
  p3 -->|"look, act, tell, attempt"| h0
`);
});

it("draws plugins that call one another in a circle, and complains of it", async () => {
  expect(await inspect("left.wasm", "right.wasm")).toEqual({
    exit: 1,
    err: "warning: left 1.0.0 -> right 1.0.0 -> left 1.0.0 call one another in a circle\n",
    out: `2 plugins, 2 called by others
  left 1.0.0
  └─ right 1.0.0: add of test:dependencies/right@1.0.0
     └─ left 1.0.0: add of test:dependencies/left@1.0.0, as above
`,
  });
});

it("names what it cannot show", async () => {
  expect(await inspect("empty")).toEqual({
    exit: 2,
    out: "",
    err: "error: could not read empty: no .wasm file is in it\n",
  });
  expect(await inspect("plugins", "gone")).toEqual({
    exit: 2,
    out: "",
    err: "error: could not read gone: there is no such file or folder\n",
  });
  await write("plain.txt", "text");
  const { exit, err } = await inspect("plain.txt", "left.wasm");
  expect([exit, err]).toEqual([
    1,
    expect.stringMatching(/^error: \[not-wasm\] could not load file:.*plain\.txt/),
  ]);
});
