/**
 * A made-up access log, the same every time: clients, paths and sizes with long tails, some errors, a few
 * broken lines.
 */
const PAGES = [
  "/",
  "/about",
  "/blog/",
  "/favicon.ico",
  "/style.css",
  "/app.js",
  "/login",
  "/search?q=wasm",
  "/feed.xml",
];
const AGENTS = ["Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "Mozilla/5.0 (compatible; ExampleBot/2.1)"];
const STATUS: readonly (readonly [number, number])[] = [
  [0.9, 200],
  [0.94, 304],
  [0.96, 301],
  [0.985, 404],
  [0.995, 206],
  [1, 500],
];

/** @param count the number of lines */
export function* sample(count: number): Generator<string> {
  const draw = randomness(20_150_517);
  const tail = (n: number) => Math.floor(n * draw() ** 3);
  for (let i = 0; i < count; i++) {
    const client = `203.0.${tail(12)}.${1 + tail(250)}`;
    const second = String(i % 60).padStart(2, "0");
    const minute = String(Math.floor(i / 60) % 60).padStart(2, "0");
    const path = draw() < 0.6 ? PAGES[tail(PAGES.length)] : `/articles/${1 + tail(400)}`;
    const method = draw() < 0.95 ? "GET" : "POST";
    const roll = draw();
    const status = STATUS.find(([below]) => roll < below)?.[1] ?? 200;
    const bytes = status === 304 ? "-" : String(200 + tail(90_000));
    const agent = AGENTS[tail(AGENTS.length)];
    const line = `${client} - - [17/May/2015:10:${minute}:${second} +0000] "${method} ${path} HTTP/1.1" ${status} ${bytes} "-" "${agent}"`;
    yield i % 1_500 === 777 ? line.slice(0, -9) : i % 2_500 === 1_234 ? `${client} connection reset` : line;
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
