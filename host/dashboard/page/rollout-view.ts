/** A rollout: its steps in a row, what it is judged by, and what happened in it, the newest first. */
import type { Rollout } from "../../release/mod.ts";
import type { PluginView } from "../board.ts";
import { byId, element, tell } from "./element.ts";
import { sharesTold, stepTold } from "./rollout-words.ts";

/** Earlier rollouts that are shown. */
const MOST = 12;

type ColorOf = (version: string) => string;

export function showRollout(plugin: PluginView, now: number, colorOf: ColorOf): void {
  const { rollout, judged, rules, here } = plugin;
  const section = byId("rollout");
  tell(byId("rollout-name"), here ? "Shares" : "Rollout");
  if (here) {
    showShares(plugin, colorOf);
    return;
  }
  section.style.setProperty("--c", `var(${colorOf(rollout?.to ?? "")})`);
  tell(byId("rollout-text"), textOf(rollout, rules));
  byId("steps").replaceChildren(...(rollout ? stepsOf(rollout, now) : []));
  tell(byId("judged"), judged ? judgedOf(judged) : "");
  const events = [...(rollout?.events ?? [])].reverse();
  byId("events").replaceChildren(
    ...events.map(({ at, text }) => recordOf(sentence(text), at, `var(${colorOf(rollout!.to)})`)),
  );
  showPast(rollout, colorOf);
}

/** Of a split: how its program changed it, the newest first. */
function showShares({ shares, rules }: PluginView, colorOf: ColorOf): void {
  tell(byId("rollout-text"), `Set by the program that has this split.${ruled(rules)}`);
  const items = [...shares].reverse().map(({ at, split }) => {
    const most = [...split].sort((a, b) => b.weight - a.weight)[0]!.version;
    return recordOf(sharesTold(split), at, `var(${colorOf(most)})`);
  });
  byId("events").replaceChildren(...items);
  byId("steps").replaceChildren();
  tell(byId("judged"), "");
  showPast(undefined, colorOf);
}

function ruled(rules: number): string {
  return rules > 0 ? ` · ${rules} rule${rules > 1 ? "s" : ""} of the plan go before the shares` : "";
}

function textOf(rollout: Rollout | undefined, rules: number): string {
  if (!rollout) return `Nothing was rolled out yet.${ruled(rules)}`;
  const { from, to, phase, warm } = rollout;
  const way = from === to ? to : `from ${from} to ${to}`;
  return `${way} · ${phase}${warm ? `, ${from} is kept loaded` : ""}${ruled(rules)}`;
}

function judgedOf({ outcome, why }: { readonly outcome: string; readonly why: string }): string {
  const words = {
    success: "It does well",
    failure: "It does badly",
    inconclusive: "Nothing can be said yet",
  };
  return `${words[outcome as keyof typeof words]}: ${why}.`;
}

/** The load, each step, and the end. */
function stepsOf(rollout: Rollout, now: number): HTMLElement[] {
  const { steps, phase, step } = rollout;
  const at = phase === "preparing" ? 0 : phase === "promoted" ? steps.length + 2 : step + 1;
  const open = phase === "preparing" || phase === "running" || phase === "paused";
  const words = ["load", ...steps.map(stepTold), "promoted"];
  return words.map((word, i) => {
    const here = open && i === at;
    const held = i === at && (phase === "aborted" || phase === "superseded" || phase === "paused");
    const item = element("li", { kind: [i < at && "done", held && "held"].filter(Boolean).join(" ") }, word);
    if (here) {
      item.setAttribute("aria-current", "step");
      const part = passed(rollout, now);
      item.style.setProperty("--part", String(part));
    }
    return item;
  });
}

/** How much of the step that is under way has passed, from 0 to 1; all of one without a time. */
function passed({ phase, step, steps, since }: Rollout, now: number): number {
  const own = steps[step];
  if (phase !== "running" || !own || !("pause" in own) || own.pause === true) return 1;
  return Math.max(0, Math.min(1, (now - since) / own.pause));
}

function recordOf(text: string, at: number, color: string, small?: string): HTMLLIElement {
  const moment = element("time", {}, at === 0 ? "" : new Date(at).toLocaleTimeString("en-GB"));
  if (at > 0) moment.dateTime = new Date(at).toISOString();
  const line = element("div", { kind: "change" }, element("strong", {}, text), moment);
  const item = element("li", { color }, line);
  if (small) item.append(element("p", { kind: "small" }, small));
  return item;
}

function showPast(rollout: Rollout | undefined, colorOf: ColorOf): void {
  const past = [...(rollout?.past ?? [])].reverse().slice(0, MOST);
  byId("past-name").hidden = past.length === 0;
  const items = past.map(({ from, to, phase, at, why }) => {
    const text = from === to ? `${to} was the first version` : `${to}, from ${from}: ${phase}`;
    const item = recordOf(text, at, `var(${colorOf(to)})`, why);
    if (phase !== "promoted") item.className = "refused";
    return item;
  });
  byId("past").replaceChildren(...items);
}

/** `2.0.0 gets 5 %` as it is; else it begins large. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
