/** Many plugins at once, and many swaps in a row, each in a process of its own. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Case, Context } from "../case.ts";
import { BENCH } from "../folder.ts";

export async function memory(context: Context): Promise<Case[]> {
  return rival(context, "instances", ({ bytes }) => bytes!);
}

export async function rate(context: Context): Promise<Case[]> {
  return rival(context, "instances", ({ time }) => time!);
}

/** 10,000 live plugins, each of which answers. */
export async function many({ guests, quick }: Context): Promise<Case[]> {
  const count = quick ? 100 : 10_000;
  return [
    {
      name: `moult, ${count.toLocaleString("en")} alive`,
      role: "moult",
      note: "resident memory of all; every one has answered twice, once at the end",
      check: () => {},
      sample: () => apart(guests, "moult", "instances", count).bytes! * count,
      n: 1,
    },
  ];
}

export async function swaps({ guests, quick }: Context): Promise<Case[]> {
  const count = quick ? 50 : 10_000;
  const sample = (subject: string) => () => {
    const { early, late } = apart(guests, subject, "swaps", count);
    const title = subject === "moult" ? subject : "Extism, a new plugin each time";
    return { [`${title}: after a tenth`]: early!, [`${title}: at the end`]: late! };
  };
  const note = `resident memory after a collection, ${count.toLocaleString("en")} swaps in a row`;
  return [
    { name: "moult", role: "moult", note, check: () => {}, sample: sample("moult"), n: 1 },
    { name: "Extism", role: "peer", check: () => {}, sample: sample("extism"), n: 1 },
  ];
}

function rival({ guests, quick }: Context, what: string, figure: (found: Found) => number): Case[] {
  const count = quick ? 50 : 1000;
  const subjects = [
    ["moult", "moult", "moult"],
    ["WebAssembly.Instance", "limit", "bare"],
    ["Extism", "peer", "extism"],
  ] as const;
  return subjects.map(([name, role, subject]) => ({
    name,
    role,
    check: () => {},
    sample: () => figure(apart(guests, subject, what, count)),
    n: 1,
  }));
}

type Found = Readonly<Record<string, number>>;

function apart(guests: string, subject: string, what: string, count: number): Found {
  const args = ["--expose-gc", join(BENCH, "dist", "apart.js"), guests, subject, what, String(count)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${subject}, ${what}: ${stderr.trim()}`);
  return JSON.parse(stdout) as Found;
}
