/**
 * The documents from an empty folder on: `npm init`, `npm install` of the tarball, and all that comes after. It takes npm,
 * and the registry or npm's cache of the packages that are installed here. Getting started is in `start.test.ts`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, inject, it } from "vitest";
import { ABSENT } from "../fabric/nats-server.ts";
import { EVERY_ENGINE, FOLLOWING } from "./runtimes.ts";
import { newcomer, type Stranger } from "./stranger.ts";

const packed = inject("packed");
const others = FOLLOWING.map(({ name, program, how }) => (program ? name : `${name} (not here: ${how})`));
const newcomers: Stranger[] = [];

afterAll(async () => {
  for (const each of newcomers) await each.leave();
});

async function arrive(): Promise<Stranger> {
  const one = await newcomer(packed);
  newcomers.push(one);
  return one;
}

const WAIT = { timeout: 600_000 };

it(
  "the README leads an empty folder to a host, a plugin that moult new made, and green types",
  WAIT,
  async () => {
    const one = await arrive();
    await one.follow("README.md", EVERY_ENGINE);
    const text = await readFile(join(one.folder, "visits", "package.json"), "utf8");
    expect(JSON.parse(text).devDependencies.moult).toBe("file:../../moult/moult-0.1.0.tgz");
  },
);

it.each(["docs/guide.md", "docs/security.md", "docs/fabrics.md"])(
  `%s works in a folder as it sets one up, each program in Node, and in ${others.join(" and in ")}`,
  WAIT,
  async (document) => {
    await (await arrive()).follow(document, EVERY_ENGINE);
  },
);

it.each(["docs/testing.md", "docs/releases.md"])(
  "%s works in a folder as it sets one up",
  WAIT,
  async (document) => {
    await (await arrive()).follow(document);
  },
);

it(
  `docs/remote.md works in a folder as it sets one up${ABSENT ? `, but for NATS (${ABSENT})` : ""}`,
  WAIT,
  async () => {
    await (await arrive()).follow("docs/remote.md", ["node"], ABSENT && "On NATS");
  },
);
