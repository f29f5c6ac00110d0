/**
 * A run of the demo as an SVG: the tape of generations, the printed lines, and the totals. It plays once, as
 * CSS; without animation it shows the end of the run. It has no script, no font and no external resource.
 */
const WIDTH = 880;
const LEFT = 24;
const RIGHT = WIDTH - LEFT;
const TAPE = { top: 52, lane: 26, bars: 108, foot: 150 };
const LOG = 196;
const LINE = 19;
/** The most characters of a line of the log. */
const COLUMNS = 98;
/** Seconds of the run in the picture. */
const SHOWN = 9;

/** Generation 1 is ink; the hues of the others repeat after the fifth. */
const LIGHT = ["#2b2d31", "#bd430a", "#1d5bbd", "#0b7762", "#94630a"];
const DARK = ["#dad8d0", "#ff7440", "#74a8fb", "#43c4a2", "#e3b24c"];

/** @param run the output of the demo with `--events`, and its report */
export function picture({ events, report }) {
  const batches = batchesOf(events, report);
  const at = {
    x: (line) => round(LEFT + (line / report.lines) * (RIGHT - LEFT)),
    delay: (line) => round((line / report.lines) * SHOWN),
  };
  const turns = turnsOf(events, report);
  const log = logOf(events, turns, report);
  const bottom = LOG + log.length * LINE + 14;
  const drawn = [...tape(turns, batches, at), ...log.map((line, i) => logLine(line, i, at))];
  const totals = `${report.lines} lines, ${report.lost} lost`;
  const took = Math.round(events.at(-1).ms - batches[0].from);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom}" width="${WIDTH}" height="${bottom}" role="img" aria-labelledby="title about">
<title id="title">A log flows through a plugin whose code is replaced meanwhile: ${totals}</title>
<desc id="about">A run of npm start, recorded. ${report.pausesMs.length} versions took over, ${report.refused.length} were refused, ${report.rolledBack.length} trapped and was rolled back.</desc>
<style>${style()}</style>
<rect class="paper" width="${WIDTH}" height="${bottom}" rx="4"/>
<text class="head" x="${LEFT}" y="32"><tspan class="dim">$</tspan> npm start</text>
<text class="small dim end" x="${RIGHT}" y="32">${text(`${report.lines} lines in ${took} ms, shown in ${SHOWN} s`)}</text>
${drawn.join("\n")}
</svg>
`;
}

/** The lines and the time between two progress events. */
function batchesOf(events, { lines }) {
  const known = events.filter(({ line }) => line !== undefined && line > 0);
  return known.slice(1).flatMap(({ ms, line, version }, i) => {
    const { ms: from, line: first } = known[i];
    return line > first && line <= lines ? [{ from, first, line, version, took: ms - from }] : [];
  });
}

/**
 * The events that changed the serving version, or would have: swaps, refusals and the rollback, in order.
 * Versions are numbered in the order in which they serve; a refused one has the number that it would have
 * had.
 */
function turnsOf(events, { generations }) {
  const numbers = new Map([[generations[0].version, 1]]);
  const served = generations.slice(1);
  const turns = [{ kind: "start", version: generations[0].version, generation: 1, line: 0 }];
  let reached = 0;
  for (const [i, { line, text: said }] of events.entries()) {
    reached = line ?? reached;
    const [, what, version, more] = /^(swapped to|refused|rolled) ([^\s:]+)(.*)$/.exec(said ?? "") ?? [];
    if (what === undefined) continue;
    const kind = { "swapped to": "swap", refused: "refusal", rolled: "rollback" }[what];
    const serves = /; (\S+) ran \d+ calls again$/.exec(more)?.[1] ?? version;
    const generation = numbers.get(serves) ?? numbers.size + 1;
    if (kind === "swap") numbers.set(version, generation);
    // On a busy machine a version may come and go back between two lines.
    const next = kind === "refusal" ? undefined : served.shift();
    const from = next ? next.firstLine - 1 : reached;
    turns.push({
      i,
      kind,
      version: serves,
      generation,
      line: from,
      pause: /paused ([\d.]+) ms/.exec(more)?.[1],
    });
  }
  return turns;
}

function tape(turns, batches, at) {
  const serving = turns.filter(({ kind }) => kind !== "refusal");
  const end = batches.at(-1).line;
  const longest = Math.max(...batches.map(({ took }) => took));
  return [
    ...serving.flatMap((turn, i) => segment(turn, serving[i + 1], end, at)),
    ...batches.map((batch) => bar(batch, longest, serving, at)),
    `<path class="hair" d="M${LEFT} ${TAPE.foot}H${RIGHT}"/>`,
    ...turns.slice(1).map((turn, i) => mark(turn, turns[i + 2], at)),
    `<text class="small dim" x="${LEFT}" y="${TAPE.foot + 17}">${text(`time for 64 lines; the longest is ${longest.toFixed(1)} ms`)}</text>`,
    `<text class="small dim end" x="${RIGHT}" y="${TAPE.foot + 17}">line ${end}</text>`,
  ];
}

function segment({ version, generation, line }, next, end, at) {
  const until = next?.line ?? end;
  const [from, to] = [at.x(line), at.x(until)];
  const width = round(Math.max(1, to - from - 1.5));
  const begin = at.delay(line);
  const grow = `style="animation-delay:${begin}s;animation-duration:${round(Math.max(0.1, at.delay(until) - begin))}s"`;
  const foot = TAPE.top + TAPE.lane;
  const label = `${generation}  ${version}`;
  const hued = `g${hue(generation)}`;
  const dots = next?.kind === "rollback" ? " dots" : "";
  const drawn = `<g class="${hued} grow" ${grow}><rect class="fill soft" x="${from}" y="${TAPE.top}" width="${width}" height="${TAPE.lane}"/><path class="line thick${dots}" d="M${from} ${foot}h${width}"/></g>`;
  if (width < label.length * 7.3 + 10) return [drawn];
  const show = `style="animation-delay:${begin}s"`;
  return [
    drawn,
    `<text class="small word ${hued} show" ${show} x="${from + 7}" y="${TAPE.top + 17}">${text(label)}</text>`,
  ];
}

/** The height is the time, the colour that of the generation that counted the last line. */
function bar({ first, line, took }, longest, serving, at) {
  const height = round(Math.max(0.5, (took / longest) * (TAPE.foot - TAPE.bars)));
  const { generation } = serving.findLast((turn) => turn.line < line);
  const [from, to] = [at.x(first), at.x(line)];
  return `<rect class="fill bar g${hue(generation)} show" style="animation-delay:${at.delay(line)}s" x="${from}" y="${round(TAPE.foot - height)}" width="${round(to - from - 1)}" height="${height}"/>`;
}

/** A swap is a line through both lanes; a refusal reaches neither. */
function mark({ line, kind, generation, pause }, next, at) {
  const x = at.x(line);
  const refused = kind === "refusal";
  const [from, to] = refused ? [TAPE.top + TAPE.lane + 19, TAPE.foot - 4] : [TAPE.top, TAPE.foot];
  const words = {
    refusal: "refused",
    rollback: "back",
    swap: `${Math.round(Number(pause) * 1000)} µs`,
  }[kind];
  // The label stands to the right of its line, or to the left where the next line is near.
  const near = next !== undefined && at.x(next.line) - x < words.length * 7 + 10;
  const y = TAPE.top + TAPE.lane + (kind === "swap" ? 15 : 29);
  return [
    `<g class="g${hue(generation)} show" style="animation-delay:${at.delay(line)}s">`,
    `<path class="line${refused ? " dashes" : ""}" d="M${x} ${from}V${to}"/>`,
    `<text class="small word${near ? " end" : ""}" x="${round(x + (near ? -5 : 5))}" y="${y}">${words}</text></g>`,
  ].join("");
}

/** The printed lines, as far as there is room, and the totals. */
function logOf(events, turns, { lines, malformed, clients, lost, status }) {
  const marks = { good: "✓", refused: "✗", plain: "·" };
  let reached = 0;
  const printed = events.flatMap(({ line, kind, text: said }, i) => {
    reached = line ?? reached;
    if (kind === undefined) return [];
    const turn = turns.find((each) => each.i === i);
    const after = turn?.line ?? reached;
    return wrapped(`${marks[kind]} ${said}`).map((words) => ({
      words,
      line: after,
      generation: turn?.generation,
    }));
  });
  const codes = Object.entries(status).map(([code, count]) => `${code}: ${count}`);
  const totals = [
    `lines ${lines}, malformed ${malformed}, clients ${clients}, lost ${lost}`,
    `status ${codes.join(", ")}`,
  ];
  return [...printed, ...totals.map((words) => ({ words, line: lines, total: true }))];
}

function logLine({ words, line, generation, total = false }, i, at) {
  const colour = generation === undefined ? (total ? "" : " dim") : ` word g${hue(generation)}`;
  const x = LEFT + (words.startsWith("  ") ? 15 : 0);
  const delay = round(at.delay(line) + (total ? 0.3 : 0));
  return `<text class="log${colour} show" style="animation-delay:${delay}s" x="${x}" y="${LOG + i * LINE}">${text(words.trim())}</text>`;
}

function wrapped(words) {
  const lines = [];
  let line = "";
  for (const word of words.split(" ")) {
    if (`${line} ${word}`.length > COLUMNS) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function style() {
  const hues = (colours) => colours.map((colour, i) => `.g${i + 1}{--g:${colour}}`).join("");
  return `
svg{--paper:#f2f2ef;--ink:#17181a;--dim:#55585c;--hair:#d9d9d4;font-family:ui-monospace,"JetBrains Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
${hues(LIGHT)}
@media (prefers-color-scheme:dark){svg{--paper:#0e0f10;--ink:#ecebe6;--dim:#a4a6a6;--hair:#2b2d2f}
${hues(DARK)}}
.paper{fill:var(--paper)}text{fill:var(--ink);white-space:pre}.dim{fill:var(--dim)}.word{fill:var(--g)}
.head{font-size:14px}.small{font-size:11.5px}.log{font-size:12.5px}.end{text-anchor:end}
.fill{fill:var(--g)}.soft{opacity:.16}.bar{opacity:.55}.hair{stroke:var(--hair)}
.line{stroke:var(--g);fill:none}.thick{stroke-width:3}.dots{stroke-dasharray:3 3}.dashes{stroke-dasharray:4 3}
@media (prefers-reduced-motion:no-preference){.show{animation:show .25s backwards}.grow{animation:grow 1s linear backwards;transform-box:fill-box;transform-origin:left}}
@keyframes show{from{opacity:0}}@keyframes grow{from{transform:scaleX(0)}}
`;
}

function hue(generation) {
  return ((generation - 1) % LIGHT.length) + 1;
}

function round(number) {
  return Math.round(number * 100) / 100;
}

/** XML escapes for special characters; control characters are not allowed. */
function text(words) {
  const names = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return words.replace(/[&<>"]/g, (character) => names[character]);
}
