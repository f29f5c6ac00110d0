/** The picture of a run that the README shows. It is made by `npm run record`, and says what a run says. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const picture = readFileSync(join(root, "docs/run.svg"), "utf8");

it("is shown by the README", () => {
  expect(readFileSync(join(root, "README.md"), "utf8")).toMatch(/!\[[^\]]+\]\(docs\/run\.svg\)/);
});

it("shows the totals of a run in its end, and every version that came or was refused", () => {
  const report = JSON.parse(node("dist/demo/main.js", "--json"));
  for (const svg of [picture, recorded()]) {
    const words = shown(svg);
    const { lines, malformed, clients, status } = report;
    expect(words).toContain(`lines ${lines}, malformed ${malformed}, clients ${clients}, lost 0`);
    expect(words).toContain(
      `status ${JSON.stringify(status)
        .replace(/[{}"]/g, "")
        .replace(/([:,])/g, "$1 ")}`,
    );
    const log = words.join(" ");
    for (const { version } of report.generations) {
      if (version !== "1.0.0") expect(log).toContain(`✓ swapped to ${version}: `);
    }
    for (const { version, code } of report.refused) expect(log).toContain(`✗ refused ${version}: [${code}]`);
    expect(log).toContain(
      `✗ rolled ${report.rolledBack[0].version} back: this version traps after 500 calls`,
    );
    expect(log).toContain("3.0.0 ran 500 calls again");
    expect(words.filter((word) => /^\d+ µs$/.test(word))).toHaveLength(report.pausesMs.length);
  }
});

it("is one well-formed SVG below 60 KB, without a script or anything from elsewhere", () => {
  expect(problemsOf(picture)).toEqual([]);
  expect(Buffer.byteLength(picture)).toBeLessThan(60_000);
  expect(picture).not.toMatch(/<script|<foreignObject|<image|\son\w+=|href=|@import|@font-face|url\(|data:/i);
  const elsewhere = picture.replace('xmlns="http://www.w3.org/2000/svg"', "").match(/https?:/g);
  expect(elsewhere).toBeNull();
});

it("can be read in the dark, without colours, and where nothing moves", () => {
  expect(picture).toContain("@media (prefers-color-scheme:dark)");
  // All motion stands behind the wish for it, so that without it one sees the end.
  const still = picture.replace(
    /@media \(prefers-reduced-motion:no-preference\)\{(?:[^{}]*\{[^{}]*\})*\}/,
    "",
  );
  expect(still).not.toBe(picture);
  expect(still).not.toMatch(/animation:/);
  expect(picture).toMatch(/<title id="title">[^<]*10000 lines, 0 lost<\/title>/);
});

it("tells what is no XML", () => {
  expect(problemsOf('<a b="1"><c/></a>')).toEqual([]);
  expect(problemsOf("<a><b></a></b>")).toEqual(["</a> closes <b>", "</b> closes <a>"]);
  expect(problemsOf("<a>x & y</a>")).toEqual(["a bare & in: x & y"]);
  expect(problemsOf("<a b=1/>")).toEqual(["not a tag: <a b=1/>"]);
  expect(problemsOf("<a>")).toEqual(["<a> is never closed"]);
});

/** Draws another run. */
function recorded(): string {
  const folder = mkdtempSync(join(tmpdir(), "moult-run-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  node("scripts/record.mjs", join(folder, "run.svg"));
  const svg = readFileSync(join(folder, "run.svg"), "utf8");
  expect(problemsOf(svg)).toEqual([]);
  return svg;
}

/** Without an input: the demo would read it. */
function node(file: string, ...args: string[]): string {
  return execFileSync(process.execPath, [join(root, file), ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The texts of a picture, in their order. */
function shown(svg: string): string[] {
  const names: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, words = ""]) =>
    words.replace(/&(\w+);/g, (_, name: string) => names[name] ?? ""),
  );
}

/** What keeps a text from being well-formed XML, as far as pictures go. */
function problemsOf(xml: string): string[] {
  const problems: string[] = [];
  const open: string[] = [];
  for (const [, tag, words = ""] of xml.matchAll(/(<[^>]*>)([^<]*)/g)) {
    const [, close, name = "", alone] =
      /^<(\/?)([\w:-]+)(?:\s+[\w:-]+="[^"<&]*")*\s*(\/?)>$/.exec(tag!) ?? [];
    if (name === "") problems.push(`not a tag: ${tag}`);
    else if (close) {
      const last = open.pop();
      if (last !== name) problems.push(`</${name}> closes <${last}>`);
    } else if (!alone) open.push(name);
    if (/&(?!(amp|lt|gt|quot);)/.test(words)) problems.push(`a bare & in: ${words}`);
  }
  return [...problems, ...open.map((name) => `<${name}> is never closed`)];
}
