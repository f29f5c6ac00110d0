/** A part that is held stays the state's own also where the newer version says more of the older one. */
import { afterAll, describe, expect, test } from "vitest";
import { cleanUp, crossed, made, running } from "./author.ts";

afterAll(cleanUp);

type Calls = { put(n: number): Promise<void>; look(): Promise<string> };

/** Each version is a text; `put` writes through what is held, `look` shows both. */
const changes: readonly (readonly [what: string, older: string, newer: string, look: string])[] = [
  [
    "the field of a @shared part has another name",
    `@shared class Node { value: u32 = 0; next: Node | null = null; }
@state class S { root: Node = new Node(); last: Node | null = null; }
const held = state<S>().root;
export function put(n: u32): void { held.value += n; state<S>().last = held; }
export function look(): string { return held.value.toString() + " " + state<S>().root.value.toString() + " " + state<S>().last!.value.toString(); }`,
    `@shared class Node { value: u32 = 0; next: Node | null = null; }
@state class S { @was("root") top: Node = new Node(); last: Node | null = null; }
const held = state<S>().top;
export function put(n: u32): void { held.value += n; state<S>().last = held; }
export function look(): string { return held.value.toString() + " " + state<S>().top.value.toString() + " " + state<S>().last!.value.toString(); }`,
    "5 5 5",
  ],
  [
    "a field on the way to a @shared part, and the part, have other names",
    `@shared class Node { value: u32 = 0; }
class Game { board: Node = new Node(); }
@state class S { game: Game = new Game(); last: Array<Node> = []; }
const held = state<S>().game.board;
export function put(n: u32): void { held.value += n; state<S>().last.push(held); }
export function look(): string { return held.value.toString() + " " + state<S>().last[0].value.toString(); }`,
    `@shared class Node { value: u32 = 0; }
class Game { @was("board") field: Node = new Node(); }
@state class S { @was("match", "game") play: Game = new Game(); last: Array<Node> = []; }
const held = state<S>().play.field;
export function put(n: u32): void { held.value += n; state<S>().last.push(held); }
export function look(): string { return held.value.toString() + " " + state<S>().last[0].value.toString(); }`,
    "5 5",
  ],
  [
    "an inherited field of a @shared class has another name",
    `class Base { at: Inner = new Inner(); }
@shared class Inner { n: u32 = 0; }
@shared class Node extends Base { value: u32 = 0; }
@state class S { root: Node = new Node(); all: Map<u32, Node> = new Map(); }
const held = state<S>().root.at;
export function put(n: u32): void { held.n += n; state<S>().all.set(n, state<S>().root); }
export function look(): string { return held.n.toString() + " " + state<S>().all.get(5).at.n.toString(); }`,
    `class Base { @was("at") inner: Inner = new Inner(); }
@shared class Inner { n: u32 = 0; }
@shared class Node extends Base { value: u32 = 0; }
@state class S { root: Node = new Node(); all: Map<u32, Node> = new Map(); }
const held = state<S>().root.inner;
export function put(n: u32): void { held.n += n; state<S>().all.set(n, state<S>().root); }
export function look(): string { return held.n.toString() + " " + state<S>().all.get(5).inner.n.toString(); }`,
    "5 5",
  ],
  [
    "the class of a part has a step",
    `class Page { hits: u32 = 0; }
@state class S { page: Page = new Page(); }
const held = state<S>().page;
export function put(n: u32): void { held.hits += n; }
export function look(): string { return held.hits.toString() + " " + state<S>().page.hits.toString(); }`,
    `class PageV1 { hits: u32 = 0; }
class Page { visits: u64 = 0; static from(old: PageV1): Page { const made = new Page(); made.visits = old.hits; return made; } }
@state class S { page: Page = new Page(); }
const held = state<S>().page;
export function put(n: u32): void { held.visits += n; }
export function look(): string { return held.visits.toString() + " " + state<S>().page.visits.toString(); }`,
    "5 5",
  ],
  [
    "the class of a part of a @shared part has a step",
    `class Page { hits: u32 = 0; }
@shared class Node { page: Page = new Page(); next: Node | null = null; }
@state class S { node: Node = new Node(); }
const held = state<S>().node.page;
const node = state<S>().node;
export function put(n: u32): void { held.hits += n; node.next = node; }
export function look(): string { return held.hits.toString() + " " + state<S>().node.next!.page.hits.toString(); }`,
    `class PageV1 { hits: u32 = 0; }
class Page { visits: u64 = 0; static from(old: PageV1): Page { const made = new Page(); made.visits = old.hits; return made; } }
@shared class Node { page: Page = new Page(); next: Node | null = null; }
@state class S { node: Node = new Node(); }
const held = state<S>().node.page;
const node = state<S>().node;
export function put(n: u32): void { held.visits += n; node.next = node; }
export function look(): string { return held.visits.toString() + " " + state<S>().node.next!.page.visits.toString(); }`,
    "5 5",
  ],
  [
    "a root with a @shared part has a step, and the state is full of them",
    `@shared class Node { value: u32 = 0; next: Node | null = null; }
@state class S { n: u32 = 0; root: Node = new Node(); all: Array<Node> = []; }
const held = state<S>().root;
export function put(n: u32): void { held.value += n; for (let i = 0; i < 50_000; i++) { const one = new Node(); one.next = held; state<S>().all.push(one); } }
export function look(): string { return held.value.toString(); }`,
    `@shared class Node { value: u32 = 0; next: Node | null = null; }
class V1 { n: u32 = 0; root: Node = new Node(); all: Array<Node> = []; }
@state class S { text: string = ""; root: Node = new Node(); all: Array<Node> = [];
static from(old: V1): S { return { text: old.n.toString(), root: old.root, all: old.all }; } }
const held = state<S>().root;
export function put(n: u32): void { held.value += n; }
export function look(): string { let same = 0; for (let i = 0; i < state<S>().all.length; i++) if (state<S>().all[i].next == held) same++; return held.value.toString() + " " + state<S>().root.value.toString() + " " + same.toString(); }`,
    "5 5 50000",
  ],
];

describe("what is held is the state's own where", () => {
  test.each(changes)("%s", async (_, older, newer, look) => {
    const first = await running(older);
    await (first.call as unknown as Calls).put(5);
    const next = await made(newer);
    const { plugin } = await crossed(first, next);
    const calls = plugin.call as unknown as Calls;
    expect(await calls.look()).toBe(look);
    await calls.put(2);
    const state = await plugin.snapshot();
    const text = await calls.look();
    await plugin.swap(next.wasm);
    expect(await calls.look()).toBe(text);
    expect(state.length).toBeGreaterThan(0);
    await plugin.close();
  });
});
