/** The nodes of a fabric, with their versions of the plugin, or with its keys. */
import type { HostedVersion } from "../../release/mod.ts";
import type { BoardLive, KeyedLine, NodeLine } from "../board.ts";
import { byId, element, tell } from "./element.ts";
import { sumOf } from "./keys-lane.ts";
import { count, duration, percent } from "./words.ts";

type ColorOf = (version: string) => string;

export function showNodes({ plugin, nodes }: BoardLive, colorOf: ColorOf): void {
  const hosts = plugin?.nodes ?? [];
  const keyed = plugin?.keyed?.nodes ?? [];
  const items = plugin?.keyed
    ? keyed.map((each) =>
        keyedOf(each, hosts.find(({ node }) => node === each.node)?.hosted ?? [], {
          colorOf,
          order: plugin.order,
        }),
      )
    : hosts.map((each) => itemOf(each, colorOf));
  byId("nodes").replaceChildren(...items);
  const unshown = (plugin?.keyed ?? plugin)?.more ?? 0;
  const more = unshown > 0 ? `${count(unshown)} more are not shown. ` : "";
  const away = plugin?.keyed ? keyed.filter(({ gone, left }) => gone && !left).length : nodes.gone;
  const live = plugin?.keyed ? keyed.filter(({ gone }) => !gone).length : nodes.live;
  const gone = away > 0 ? `, ${count(away)} not heard of` : "";
  tell(
    byId("nodes-text"),
    live + away === 0 && items.length === 0
      ? "No node has reported itself: moult host makes one."
      : `${more}${count(live)} live${gone}.`,
  );
}

function lineOf(node: string, heard: string, isGone: boolean): HTMLLIElement {
  const id = element("span", { kind: "id" }, node.slice(0, 12));
  id.title = node;
  return element("li", { kind: isGone ? "gone" : "" }, id, element("span", { kind: "heard" }, heard));
}

function itemOf({ node, silent, gone, hosted }: NodeLine, colorOf: ColorOf): HTMLLIElement {
  const item = lineOf(node, gone ? `not heard of for ${duration(silent)}` : "live", gone);
  for (const each of hosted) item.append(hostOf(each, `var(${colorOf(each.version)})`));
  if (hosted.length === 0) item.append(element("span", { kind: "small" }, "does not host it"));
  return item;
}

function hostOf({ version, status, why, measured }: HostedVersion, color: string): HTMLElement {
  const failed = Object.values(measured.errors).reduce((sum: number, each) => sum + (each ?? 0), 0);
  const figures = `${count(measured.calls)} calls, ${percent(measured.calls > 0 ? failed / measured.calls : 0)} failed`;
  const name = element("span", {}, element("b", {}, version), status);
  const line = element(
    "div",
    { kind: `host ${status}`, color },
    name,
    element("span", { kind: "num" }, figures),
  );
  if (why) line.append(element("p", { kind: "why" }, why));
  return line;
}

interface Versions {
  readonly colorOf: ColorOf;
  /** As everywhere on the page. */
  readonly order: readonly string[];
}

/** @param hosted versions that it has tried, while the plan names several */
function keyedOf(
  line: KeyedLine,
  hosted: readonly HostedVersion[],
  { colorOf, order }: Versions,
): HTMLLIElement {
  const { node, silent, gone, left, keys, came, went, taken, epochs } = line;
  const away = left ? `left ${duration(silent)} ago` : `not heard of for ${duration(silent)}`;
  const item = lineOf(node, gone ? away : "live", gone);
  const all = sumOf(keys);
  const bar = element("span", { kind: "bar" });
  bar.setAttribute("aria-hidden", "true");
  for (const version of order.filter((each) => Object.hasOwn(keys, each))) {
    const part = element("i", { color: `var(${colorOf(version)})` });
    part.style.flexGrow = String(keys[version]);
    bar.append(part);
  }
  const had = element("b", {}, `${count(all)} key${all === 1 ? "" : "s"}`);
  item.append(element("div", { kind: "has" }, had, element("span", { kind: "num" }, callsOf(line))));
  if (all > 0) item.append(bar);
  const moves = Object.entries({ came, went, "taken over": taken })
    .filter(([, number]) => number > 0)
    .map(([word, number]) => `${count(number)} ${word}`);
  const moved = [moves.join(", "), `${count(epochs)} epochs`].filter(Boolean).join(" · ");
  item.append(element("p", { kind: "moves" }, moved));
  for (const each of hosted.filter(({ status }) => status !== "serving"))
    item.append(hostOf(each, `var(${colorOf(each.version)})`));
  return item;
}

function callsOf({ recent, calls, gone }: KeyedLine): string {
  if (gone || !recent || recent.calls === 0) return `${count(calls)} calls`;
  const { rate, failed, p99 } = recent;
  const times = p99 === undefined ? "" : `, p99 ${duration(p99)}`;
  return `${count(Number(rate.toPrecision(3)))} calls/s, ${percent(failed / recent.calls)} failed${times}`;
}
