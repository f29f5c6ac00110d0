/** The hammer's table, and what it says of a failure. */
import type { Hammered } from "./hammer.ts";
import { lineOf } from "./step.ts";

const number = (value: number) => value.toLocaleString("en-US");

export function table(rows: readonly Hammered[], node: string): string {
  const head = [
    [
      "mode",
      "seeds",
      "steps",
      "calls",
      "acknowledged",
      "swaps asked for",
      "swapped",
      "rolled back",
      "restarted",
    ],
    ["problems"],
  ].flat();
  const lines = rows.map(({ mode, seeds, steps, calls, acknowledged, swaps, outcomes, failure }) => {
    const { swapped = 0, "rolled-back": back = 0, restarted = 0 } = outcomes;
    const counts = [steps, calls, acknowledged, swaps, swapped, back, restarted].map(number);
    return [mode, seeds.join("-"), ...counts, failure ? `**${failure.problems[0]?.split("\n")[0]}**` : "0"];
  });
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return `Node ${node}\n\n${row(head)}${row(head.map(() => "---"))}${lines.map(row).join("")}`;
}

/** What is wrong, where, and how to see it again. */
export function failureText({ mode, failure }: Hammered, file: string | undefined): string {
  if (!failure) return "";
  const { seed, step, problems, plan, again } = failure;
  const [first = "", ...more] = problems;
  const steps = plan.steps.slice(-40).map((each) => `  ${lineOf(each)}\n`);
  const how = again ? "it fails again with these" : "it did not fail again; the last ones before were";
  return [
    `${mode}, seed ${seed}, step ${step}: ${first}\n`,
    ...more.slice(0, 3).map((problem) => `  and: ${problem}\n`),
    `Of ${plan.steps.length} steps, ${how}:\n${steps.join("")}`,
    `Again: npm run hammer -- --mode ${mode} --seed ${seed} --steps 400\n`,
    file === undefined ? "" : `or:    npm run hammer -- --replay ${file}\n`,
  ].join("");
}
