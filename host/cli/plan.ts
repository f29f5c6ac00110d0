/** `moult plan`: which share of the calls goes to which version, seen and changed by hand. */
import { InvalidArgumentError } from "commander";
import { changePlan, type Plan, type Planned, planHistory, planIn, releasesOf } from "../release/mod.ts";
import type { Fabric } from "../remote/mod.ts";
import { EXIT, Failure } from "./failure.ts";
import { type FabricOptions, fabricOptions, openFabric } from "./given/fabric.ts";
import { givenFile } from "./given/given-file.ts";
import { refused } from "./given/refused.ts";
import { rows } from "./page/page.ts";
import { plain } from "./plain.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

interface Options extends FabricOptions {
  readonly split?: Plan["split"];
  readonly mirror?: string;
  readonly rules?: string;
  readonly history?: true;
}

const HELP = `
Without options it shows the plan, and the versions that were published. --split writes a new one, the stable version
first; --mirror and --rules stay where they are not said, as long as their versions are in the split. A rollout that is
under way ends with it: "moult rollout" leads a version in steps.

Exit codes: 0 it was shown, or changed; 1 it was refused, or there is none; 2 used wrongly.

Examples:
  moult plan visits
  moult plan visits --split 1.0.0=90,2.0.0=10
  moult plan visits --split 1.0.0=100,2.0.0=0 --rules testers.json

testers.json: [{ "version": "2.0.0", "keys": ["ann"] }, { "version": "2.0.0", "attributes": { "country": ["fr"] } }]
`;

export const plan: Verb = (program, run) => {
  fabricOptions(program.command("plan"))
    .summary("show or change which version gets which share")
    .description(
      "Shows the plan of a plugin and its published versions, or gives each version another share.",
    )
    .argument("<name>", "a plugin")
    .option("--split <shares>", "1.0.0=90,2.0.0=10: percents, the stable version first", sharesOf)
    .option("--mirror <version>", 'it runs the calls of the stable one, too; "" for none')
    .option("--rules <file>", "JSON: a list of versions for named keys, or for callers with attributes")
    .option("--history", "the last plans, the oldest first")
    .addHelpText("after", HELP)
    .action(run(open));
};

async function open(terminal: Terminal, name: string, options: Options): Promise<number> {
  const { split, mirror, rules, history } = options;
  const changes = split !== undefined || mirror !== undefined || rules !== undefined;
  if (history && changes) throw usage("--history shows, and --split, --mirror and --rules change", "");
  const given = rules === undefined ? undefined : await rulesIn(terminal, rules);
  await using fabric = await openFabric(terminal, options);
  try {
    if (history) return told(terminal, name, await planHistory(fabric, name));
    if (changes)
      await changePlan(fabric, name, (before) => planned(before, { split, mirror, rules: given }, name));
    return await show(terminal, fabric, name);
  } catch (cause) {
    throw refused(cause);
  }
}

/** What stays of the plan before is what was not said. @throws Failure where there is none, and no split */
function planned(
  before: Plan | undefined,
  given: {
    readonly split: Plan["split"] | undefined;
    readonly mirror: string | undefined;
    readonly rules: unknown;
  },
  name: string,
): Planned {
  const split = given.split ?? before?.split;
  if (!split) throw usage(`${name} has no plan yet`, `moult plan ${name} --split 1.0.0=100`);
  const { mirror = before?.mirror } = given;
  const rules = (given.rules ?? before?.rules ?? []) as Plan["rules"];
  return { split, rules, ...(mirror && { mirror }) };
}

async function show(terminal: Terminal, fabric: Fabric, name: string): Promise<number> {
  const [plan, releases] = [await planIn(fabric, name), await releasesOf(fabric, name)];
  if (!plan && releases.length === 0)
    throw new Failure(`${plain(name)} was not published in ${plain(fabric.shown)}`);
  if (terminal.json) {
    const versions = releases.map(({ manifest: _, ...release }) => release);
    terminal.printJson({ plugin: name, ...(plan && { plan }), releases: versions });
    return EXIT.ok;
  }
  const split = plan?.split ?? [];
  const others = releases.filter(({ version }) => split.every((each) => each.version !== version));
  rows(terminal, [
    ...split.map(({ version, weight }, i) => [version, `${weight} %`, i === 0 ? "stable" : ""]),
    ...others.map(({ version }) => [version, "published", ""]),
    ...(plan?.mirror ? [[plan.mirror, "mirror", ""]] : []),
    ...(plan?.rules.map((rule) => [rule.version, "by a rule", ruleText(rule)]) ?? []),
  ]);
  return EXIT.ok;
}

function ruleText({ keys = [], attributes = {} }: Plan["rules"][number]): string {
  const wanted = Object.entries(attributes).map(([name, values]) => `${name} ${values.join(" or ")}`);
  return [...(keys.length > 0 ? [`keys ${keys.join(", ")}`] : []), ...wanted].join(" and ");
}

function told(terminal: Terminal, name: string, all: readonly Plan[]): number {
  if (all.length === 0) throw new Failure(`${plain(name)} has no plan`);
  if (terminal.json) terminal.printJson(all);
  else
    rows(
      terminal,
      all.map(({ revision, split }) => [
        String(revision),
        split.map(({ version, weight }) => `${version} ${weight} %`).join(", "),
      ]),
    );
  return EXIT.ok;
}

/** @throws InvalidArgumentError */
function sharesOf(text: string): Plan["split"] {
  return text.split(",").map((part) => {
    const [, version, weight] = /^(\S+)=(\d+(?:\.\d+)?)%?$/.exec(part.trim()) ?? [];
    if (version !== undefined) return { version, weight: Number(weight) };
    throw new InvalidArgumentError(`"${part.trim()}" is no share: 1.0.0=90.`);
  });
}

/** @throws Failure for what is no JSON; what is no rule is refused with the plan */
async function rulesIn(terminal: Terminal, file: string): Promise<unknown> {
  const text = new TextDecoder().decode(await givenFile(terminal, file, "rules"));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure(`could not read ${plain(file)}: it is no JSON`, { cause, exit: EXIT.usage });
  }
}

function usage(why: string, hint: string): Failure {
  return new Failure(why, { exit: EXIT.usage, ...(hint && { hint }) });
}
