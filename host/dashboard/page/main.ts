/** The page: asks its server twice a second, and shows what it answers. */
import type { Transition } from "../../transition.ts";
import type { Live } from "../live.ts";
import { showChanges } from "./change-list.ts";
import { colorOf } from "./colors.ts";
import { byId, tell } from "./element.ts";
import { Entrance } from "./entrance.ts";
import { RECENT, showFigures } from "./figures.ts";
import { Operator } from "./operate.ts";
import { Samples } from "./samples.ts";
import { Server } from "./server.ts";
import { drawTape, WINDOW } from "./tape.ts";
import { theme } from "./theme.ts";
import { showVersions } from "./version-table.ts";
import { count, named, told, took } from "./words.ts";

/** Milliseconds between one question and the next. */
const EVERY = 500;

const server = new Server();
const samples = new Samples(WINDOW);
let records: readonly Transition[] = [];
let latest: string | undefined;
let live: Live | undefined;

const operator = new Operator(server, (text) => entrance.say(text));
const entrance: Entrance = new Entrance(server, {
  wants: ["status", "history"],
  allow: (verbs) => operator.allow(verbs),
  async look() {
    const { plugin = "" } = entrance.rights ?? {};
    tell(byId("plugin"), plugin);
    document.title = `${plugin} · moult`;
    await look();
  },
});

async function look(): Promise<void> {
  let found: Live;
  try {
    found = await server.get<Live>("dashboard/live");
    if (found.latest !== latest) records = await server.get<readonly Transition[]>("history");
  } catch (error) {
    if (await entrance.failed(error)) return;
    tell(byId("status"), "The server does not answer. What stands here is the last that it told.");
    byId("status").classList.add("held");
    return;
  }
  if (found.latest !== latest) showChanges(records);
  latest = found.latest;
  live = found;
  samples.add(found);
  show(found);
}

function show(live: Live): void {
  const { style } = document.documentElement;
  const last = records.at(-1);
  const highest = Math.max(live.version.generation, ...records.map(({ to }) => to?.generation ?? 0));
  style.setProperty("--now", `var(${colorOf(live.version.generation)})`);
  style.setProperty("--next", `var(${colorOf(highest + 1)})`);
  style.setProperty("--attempt", `var(${colorOf((last?.to ?? live.version).generation)})`);
  tell(byId("serving"), servingOf(live));
  tell(byId("status"), last ? told(last) : `G${named(live.version).slice(1)} serves.`);
  byId("status").classList.toggle("held", last !== undefined && !took(last) && last.outcome !== "permanent");
  const { inside, waiting, underWay } = live;
  showFigures({ "in flight": count(Math.max(underWay, inside + waiting)) }, samples.last(RECENT));
  drawTape(live, records, samples);
  showVersions(live, records);
  operator.look(live);
}

function servingOf({ version, status, trapped, probation, ready }: Live): string {
  const states = [
    status !== "idle" && status,
    trapped && "trapped",
    probation && "on probation",
    !ready && "takes no more calls",
  ];
  return [named(version), ...states.filter(Boolean)].join(" · ");
}

async function turn(): Promise<void> {
  if (!entrance.locked && !document.hidden) await look();
  setTimeout(turn, EVERY);
}

theme(() => live && drawTape(live, records, samples));
new ResizeObserver(() => live && drawTape(live, records, samples)).observe(byId("plots"));
await entrance.enter();
await turn();
