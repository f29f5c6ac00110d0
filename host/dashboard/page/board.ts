/** The page of a board: asks its server twice a second, and shows what it answers. */
import { Histogram } from "../../remote/histogram.ts";
import type { BoardLive, PluginLine, PluginView } from "../board.ts";
import { colorOf } from "./colors.ts";
import { byId, element, tell } from "./element.ts";
import { Entrance } from "./entrance.ts";
import { RECENT, showFigures } from "./figures.ts";
import { drawKeys, sumOf as keysOf } from "./keys-lane.ts";
import { drawLanes } from "./lanes.ts";
import { Lead } from "./lead.ts";
import { showNodes } from "./node-list.ts";
import { showRollout } from "./rollout-view.ts";
import { rolloutTold, share } from "./rollout-words.ts";
import { type Sample, sumOf } from "./samples.ts";
import { Refused, Server } from "./server.ts";
import { drawGot, drawShareMarks, drawShares, seen } from "./share-lane.ts";
import { windowOf } from "./tape.ts";
import { theme } from "./theme.ts";
import { errorsOf, showSums } from "./version-table.ts";
import { count, percent } from "./words.ts";

/** Milliseconds between one question and the next. */
const EVERY = 500;
/** Milliseconds that samples are kept. */
const KEPT = 90_000;

const server = new Server();
let chosen = inHash();
let samples: Sample[] = [];
let live: BoardLive | undefined;

const lead = new Lead(server, (text) => entrance.say(text));
const entrance: Entrance = new Entrance(server, {
  wants: ["status", "history"],
  allow: (verbs) => lead.allow(entrance.rights?.operates === false ? [] : verbs),
  look,
});

async function look(): Promise<void> {
  const of = chosen;
  const query = new URLSearchParams({ since: String(samples.at(-1)?.to ?? 0) });
  if (of !== undefined) query.set("plugin", of);
  let found: BoardLive;
  try {
    found = await server.get<BoardLive>(`dashboard/live?${query}`);
  } catch (error) {
    if (await entrance.failed(error)) return;
    const why = error instanceof Refused ? `${error.message}.` : "The server does not answer.";
    tell(byId("status"), `${why} What stands here is the last that it told.`);
    byId("status").classList.add("held");
    return;
  }
  // Another plugin was chosen meanwhile.
  if (of !== chosen) return;
  const fresh = found.plugin?.samples.map(
    ({ parts, ...rest }): Sample => ({
      ...rest,
      parts: parts.map((part) => ({ ...part, latency: new Histogram().add(part.latency) })),
    }),
  );
  // Two questions may have been under way at a time.
  const last = samples.at(-1)?.to ?? 0;
  samples = [...samples, ...(fresh ?? []).filter(({ from }) => from >= last)];
  samples = samples.filter(({ to }) => to > found.now - KEPT);
  live = found;
  show(found);
}

/** The plugin that the page's address names. */
function inHash(): string | undefined {
  try {
    return decodeURIComponent(location.hash.slice(1)) || undefined;
  } catch {
    return undefined;
  }
}

function choose(name: string): void {
  chosen = name;
  samples = [];
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  void look();
}

function show(live: BoardLive): void {
  const { plugin, plugins } = live;
  const title = entrance.rights?.plugin ?? "";
  const name = plugin?.name ?? title;
  tell(byId("plugin"), name);
  document.title = `${name} · moult`;
  byId("serving").textContent = servingOf(live, title);
  showPlugins(plugins, plugin?.name);
  const now = byId("status");
  if (!plugin) {
    tell(now, live.fault ?? "Nothing has a plan here yet: publish a version, and roll it out.");
    return;
  }
  const { style } = document.documentElement;
  const color = colors(plugin);
  const { rollout, split } = plugin;
  const stable = split[0]?.version ?? "";
  const most = [...split].sort((a, b) => b.weight - a.weight)[0]?.version ?? stable;
  style.setProperty("--now", `var(${color(most)})`);
  style.setProperty("--next", `var(${color(lead.next(plugin) ?? "")})`);
  style.setProperty("--attempt", `var(${color(rollout?.to ?? stable)})`);
  tell(now, live.fault === undefined ? rolloutTold(rollout, split) : `The fabric says: ${live.fault}`);
  now.classList.toggle("held", live.fault !== undefined || isHeld(plugin));
  showFigures(firstOf(plugin), sumOf(samples, RECENT));
  draw();
  showRollout(plugin, live.now, color);
  const got = gotOf(plugin);
  tell(byId("got-name"), plugin.keyed ? "keys" : "had");
  showSums(byId("versions"), plugin.versions, {
    colorOf: color,
    more: (version) => [share(split.find((each) => each.version === version)?.weight ?? 0), got(version)],
    others: split.map(({ version }) => version),
  });
  tell(byId("errors"), errorsOf(plugin.versions, "it was first looked at"));
  showNodes(live, color);
  document.body.classList.toggle("here", plugin.here === true);
  byId("rollout").classList.toggle("bare", rollout === undefined);
  lead.look(plugin);
}

function isHeld({ rollout }: PluginView): boolean {
  return rollout?.phase === "aborted" || rollout?.phase === "paused" || rollout?.phase === "superseded";
}

/** The color of each version, by its place among those that came; one that did not has the next. */
function colors({ order }: PluginLine): (version: string) => string {
  return (version) => colorOf((order.includes(version) ? order.indexOf(version) : order.length) + 1);
}

function servingOf({ nodes, plugins }: BoardLive, title: string): string {
  const parts = [
    title,
    plugins.length > 1 && `${count(plugins.length)} plugins`,
    nodes.live > 0 && `${count(nodes.live)} node${nodes.live > 1 ? "s" : ""}`,
    nodes.gone > 0 && `${count(nodes.gone)} not heard of`,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** One button for each, with its shares; made anew only where something differs, so that the focus stays. */
let listed = "";
function showPlugins(plugins: readonly PluginLine[], current: string | undefined): void {
  byId("plugins").hidden = plugins.length < 2;
  const said = JSON.stringify([plugins, current]);
  if (said === listed) return;
  listed = said;
  const focused = document.activeElement?.getAttribute("data-plugin");
  const items = plugins.map((line) => element("li", {}, buttonOf(line, line.name === current)));
  byId("plugin-list").replaceChildren(...items);
  for (const button of document.querySelectorAll<HTMLElement>("#plugin-list button"))
    if (focused !== null && button.dataset.plugin === focused) button.focus();
}

function buttonOf(line: PluginLine, current: boolean): HTMLButtonElement {
  const { name, split, phase } = line;
  const color = colors(line);
  const bar = element("span", { kind: "bar" });
  bar.setAttribute("aria-hidden", "true");
  for (const { version, weight } of split) {
    const part = element("i", { color: `var(${color(version)})` });
    part.style.flexGrow = String(weight);
    if (weight > 0) bar.append(part);
  }
  const [stable] = split;
  const word = phase === "running" || phase === "preparing" || phase === "paused" ? phase : stable?.version;
  const text = element("span", {}, element("b", {}, name), element("small", {}, word ?? ""));
  const button = element("button", {}, text, bar);
  button.type = "button";
  button.dataset.plugin = name;
  if (current) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => choose(name));
  return button;
}

/** The figure that comes first: a split has its one caller. */
function firstOf({ callers, keyed, here }: PluginView): Readonly<Record<string, string>> {
  if (keyed) return { keys: count(keyed.nodes.reduce((sum, { keys }) => sum + keysOf(keys), 0)) };
  return here ? {} : { callers: count(callers) };
}

/** What each version had beside its share: keys where each has an instance, else its part of the calls since shares changed. */
function gotOf({ keyed, shares }: PluginView): (version: string) => string {
  if (keyed) {
    const of = (version: string) =>
      keyed.nodes.reduce((sum, { keys }) => sum + (Object.hasOwn(keys, version) ? keys[version]! : 0), 0);
    return (version) => count(of(version));
  }
  const calls = new Map<string, number>();
  const since = seen(shares).at(-1)?.at ?? 0;
  for (const { parts } of samples.filter(({ from }) => from >= since))
    for (const part of parts) calls.set(part.version, (calls.get(part.version) ?? 0) + part.calls);
  const all = [...calls.values()].reduce((sum, each) => sum + each, 0);
  return (version) => (all > 0 ? percent((calls.get(version) ?? 0) / all) : "–");
}

function draw(): void {
  const canvas = byId<HTMLCanvasElement>("plots");
  const width = canvas.clientWidth;
  if (!live?.plugin || width === 0) return;
  const { now, plugin } = live;
  const window = windowOf(width);
  const place = { at: (time: number) => width * (1 - (now - time) / window), width, colorOf: colors(plugin) };
  drawShares(plugin, place);
  drawShareMarks(plugin, place);
  drawLanes(canvas, samples, place);
  drawGot(samples, plugin, place);
  drawKeys(plugin, place);
}

async function turn(): Promise<void> {
  if (!entrance.locked && !document.hidden) await look();
  setTimeout(turn, EVERY);
}

theme(draw);
new ResizeObserver(draw).observe(byId("plots"));
addEventListener("hashchange", () => {
  const name = inHash();
  if (name !== undefined && name !== chosen) choose(name);
});
await entrance.enter();
await turn();
