/** What became of the plugin, newest first, each with its phases. */
import type { Transition } from "../../transition.ts";
import { colorOf } from "./colors.ts";
import { byId, element } from "./element.ts";
import { count, duration, told, took } from "./words.ts";

/** Phases in which no version serves. */
const PAUSING = new Set(["quiesce", "save", "restore", "check", "commit", "cutover"]);
/** Records that are shown. */
const MOST = 50;

export function showChanges(records: readonly Transition[]): void {
  const items = records.slice(-MOST).reverse().map(itemOf);
  if (items.length === 0) items.push(element("li", { kind: "small" }, "Nothing was changed yet."));
  byId("changes").replaceChildren(...items);
}

function itemOf(record: Transition): HTMLLIElement {
  const { at, from, to, cause } = record;
  const time = element("time", {}, new Date(at).toLocaleTimeString("en-GB"));
  time.dateTime = new Date(at).toISOString();
  const line = element("div", { kind: "change" }, element("strong", {}, told(record, true)), time);
  const item = element(
    "li",
    { kind: took(record) ? "" : "refused", color: `var(${colorOf((to ?? from).generation)})` },
    line,
  );
  if (cause) item.append(element("p", { kind: "cause" }, `[${cause.code}] ${cause.message}`));
  const bar = phasesOf(record);
  if (bar) item.append(bar);
  const facts = factsOf(record);
  if (facts !== "") item.append(element("p", { kind: "small more" }, facts));
  return item;
}

/** Each as long as it took: filled where no version served. */
function phasesOf({ phases }: Transition): HTMLElement | undefined {
  const taken = Object.entries(phases).filter(([name]) => name !== "probation");
  if (taken.length === 0) return undefined;
  const bar = element("div", { kind: "phases" });
  bar.setAttribute("aria-hidden", "true");
  for (const [name, took] of taken) {
    const part = element("i", { kind: PAUSING.has(name) ? "pausing" : "" });
    part.style.flexGrow = String(took);
    part.title = `${name} ${duration(took)}`;
    bar.append(part);
  }
  return bar;
}

function factsOf({ phases, total, stateBytes, way, steps, waited, replayed }: Transition): string {
  return [
    ...Object.entries(phases).map(([name, took]) => `${name} ${duration(took)}`),
    `in all ${duration(total)}`,
    way &&
      `${count(stateBytes)} bytes of state${way === "migrated" ? `, ${steps.join(" to ")}` : ` (${way})`}`,
    waited > 0 && `${count(waited)} calls waited`,
    replayed && `${count(replayed.calls)} calls ran again, ${count(replayed.divergences)} answered otherwise`,
  ]
    .filter(Boolean)
    .join(" · ");
}
