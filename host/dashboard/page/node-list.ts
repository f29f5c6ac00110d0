/** The nodes of a fabric, with their versions of the plugin. */
import type { HostedVersion } from "../../release/mod.ts";
import type { BoardLive, NodeLine } from "../board.ts";
import { byId, element, tell } from "./element.ts";
import { count, duration, percent } from "./words.ts";

export function showNodes({ plugin, nodes }: BoardLive, colorOf: (version: string) => string): void {
  const all = plugin?.nodes ?? [];
  byId("nodes").replaceChildren(...all.map((each) => itemOf(each, colorOf)));
  const more = plugin && plugin.more > 0 ? `${count(plugin.more)} more are not shown. ` : "";
  const gone = nodes.gone > 0 ? `, ${count(nodes.gone)} not heard of` : "";
  tell(
    byId("nodes-text"),
    nodes.live + nodes.gone === 0
      ? "No node has reported itself: moult host makes one."
      : `${more}${count(nodes.live)} live${gone}.`,
  );
}

function itemOf(
  { node, silent, gone, hosted }: NodeLine,
  colorOf: (version: string) => string,
): HTMLLIElement {
  const id = element("span", { kind: "id" }, node.slice(0, 12));
  id.title = node;
  const heard = gone ? `not heard of for ${duration(silent)}` : "live";
  const item = element("li", { kind: gone ? "gone" : "" }, id, element("span", { kind: "heard" }, heard));
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
