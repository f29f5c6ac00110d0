/** A plugin whose state has something of everything. */
import {
  bytes,
  fieldsOf,
  list,
  map,
  nullable,
  oneOf,
  optional,
  plain,
  record,
  set,
  typed,
} from "./guest-plugin.ts";

const author = `
import { Option } from "./guest/option";
export enum Color { Red, Green, Blue }
export class Empty {}
export class Base { id: u64 = 7; }
export class Client extends Base {
  private name: string = "";
  readonly hits: u32 = 0;
  next: Client | null = null;
  tags: Array<string> = [];
}
export class Totals {
  flag: bool = true;
  a: i8 = -3; b: u8 = 200; c: i16 = -300; d: u16 = 60000; e: i32 = -70000; f: u32 = 4000000000;
  g: i64 = i64.MIN_VALUE; h: u64 = u64.MAX_VALUE; i: f32 = 1.5; j: f64 = 0.1;
  text: string = "h\\u00e4\\u2603 \\ud83c\\udca1 ok";
  color: Color = Color.Blue;
  maybe: string | null = null;
  absent: Option<u32> = Option.none<u32>();
  present: Option<u32> = Option.some<u32>(5);
  chosen: Option<Color> = Option.some<Color>(Color.Green);
  raw: Uint8Array = new Uint8Array(3);
  part: Uint8Array = new Uint8Array(9).subarray(2, 4);
  buffer: ArrayBuffer = new ArrayBuffer(2);
  fixed: StaticArray<u8> = [1, 2, 3];
  shorts: Uint16Array = new Uint16Array(2);
  signed: Int64Array = new Int64Array(1);
  doubles: Float64Array = new Float64Array(1);
  list: Array<i32> = [1, 2, 3];
  bools: Array<bool> = [true, false];
  colors: Array<Color> = [Color.Green];
  empties: Array<Empty> = [new Empty(), new Empty()];
  names: Set<string> = new Set();
  floats: Set<f64> = new Set();
  people: Set<Client> = new Set();
  counts: Map<string, u64> = new Map();
  byId: Map<u32, Client> = new Map();
  byColor: Map<Color, f32> = new Map();
  clients: Array<Client> = [];
  maybes: Array<Client | null> = [null, new Client()];
  nested: Map<string, Map<i64, Array<string>>> = new Map();
  grid: Array<Array<f32>> = [[], [1]];
  optionals: Map<string, Option<string>> = new Map();
  constructor() {
    this.counts.set("a", 1).set("b", 2).set("c", 3);
    this.counts.delete("b");
    this.names.add("x");
    this.byColor.set(Color.Red, 0.5);
  }
}
`;

const client = record("Client", {});
Object.assign(client, {
  fields: fieldsOf({
    id: plain("u64"),
    name: plain("string"),
    hits: plain("u32"),
    next: nullable(client),
    tags: list(plain("string")),
  }),
});
const color = oneOf("Color", "Red", "Green", "Blue");

export const totals = record("Totals", {
  flag: plain("bool"),
  a: plain("i8"),
  b: plain("u8"),
  c: plain("i16"),
  d: plain("u16"),
  e: plain("i32"),
  f: plain("u32"),
  g: plain("i64"),
  h: plain("u64"),
  i: plain("f32"),
  j: plain("f64"),
  text: plain("string"),
  color,
  maybe: nullable(plain("string")),
  absent: optional(plain("u32")),
  present: optional(plain("u32")),
  chosen: optional(color),
  raw: bytes("Uint8Array"),
  part: bytes("Uint8Array"),
  buffer: bytes("ArrayBuffer"),
  fixed: bytes("StaticArray"),
  shorts: typed("Uint16Array", "u16"),
  signed: typed("Int64Array", "i64"),
  doubles: typed("Float64Array", "f64"),
  list: list(plain("i32")),
  bools: list(plain("bool")),
  colors: list(color),
  empties: list(record("Empty", {})),
  names: set(plain("string")),
  floats: set(plain("f64")),
  people: set(client),
  counts: map(plain("string"), plain("u64")),
  byId: map(plain("u32"), client),
  byColor: map(color, plain("f32")),
  clients: list(client),
  maybes: list(nullable(client)),
  nested: map(plain("string"), map(plain("i64"), list(plain("string")))),
  grid: list(list(plain("f32"))),
  optionals: map(plain("string"), optional(plain("string"))),
});

/** What the author's initializers and constructor make, as avsc shows it. */
export const initial = {
  flag: true,
  a: -3,
  b: 200,
  c: -300,
  d: 60_000,
  e: -70_000,
  f: 4_000_000_000n,
  g: -(2n ** 63n),
  h: -1n,
  i: 1.5,
  j: 0.1,
  text: "hä☃ 🂡 ok",
  color: "Blue",
  maybe: null,
  absent: null,
  present: 5n,
  chosen: "Green",
  raw: Buffer.alloc(3),
  part: Buffer.alloc(2),
  buffer: Buffer.alloc(2),
  fixed: Buffer.from([1, 2, 3]),
  shorts: [0, 0],
  signed: [0n],
  doubles: [0],
  list: [1, 2, 3],
  bools: [true, false],
  colors: ["Green"],
  empties: [{}, {}],
  names: ["x"],
  floats: [],
  people: [],
  counts: { a: 1n, c: 3n },
  byId: [],
  byColor: [{ key: "Red", value: 0.5 }],
  clients: [],
  maybes: [null, { id: 7n, name: "", hits: 0n, next: null, tags: [] }],
  nested: {},
  grid: [[], [1]],
  optionals: {},
};

/** Garbage makes collections go on, and what is kept makes them long: a restore meets them in any phase. */
const entry = `
class Box { constructor(public next: Box | null) {} }
let kept: Box | null = null;
export function keep(count: i32): void { for (let i = 0; i < count; i++) kept = new Box(kept); }
export function churn(count: i32): void { for (let i = 0; i < count; i++) new ArrayBuffer(64); }
`;

export const plugin = {
  entry,
  state: { root: totals, migrations: [] },
  author,
  names: ["Client", "Totals", "Color", "Empty", "Option"],
};
