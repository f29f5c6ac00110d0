/** What the garden's frame is made of: where flowers stand, and how a particle grows, turns and flies. */
import { GENERATION } from "./generation";

export const COUNT: i32 = 24_000;
/** Seconds from a flower's heart to its rim, and away with the wind. */
const LIFE: f32 = 64;
/** The share of its life that a particle spends in its flower; after it, it is pollen. */
const BLOOM: f32 = 0.8;
const FLOWERS: i32 = 6;
const TURN: f32 = 6.2831853;
/** Directions that the outline of a flower is known in. */
const SECTORS: i32 = 1024;
const STEPS: i32 = 1024;

/** Where the flowers stand, as shares of the width and the height, and their radii as shares of the lesser: wide, middle, narrow. */
const PLACES: StaticArray<f32> = [
  0.67, 0.535, 0.36, 0.275, 0.765, 0.19, 0.915, 0.79, 0.15, 0.905, 0.28, 0.12, 0.445, 0.875, 0.08, 0.085, 0.8, 0.065,
  0.665, 0.56, 0.32, 0.9, 0.79, 0.14, 0.24, 0.8, 0.15, 0.87, 0.3, 0.12, 0.41, 0.88, 0.07, 0.07, 0.9, 0.06,
  0.53, 0.705, 0.275, 0.9, 0.865, 0.14, 0.12, 0.8, 0.115, 0.9, 0.535, 0.085, 0.1, 0.575, 0.055, 0.3, 0.945, 0.05,
];

/** One flower: its heart, its radius, and how far it reaches in each direction. */
class Bloom {
  x: f32 = 0;
  y: f32 = 0;
  r: f32 = 0;
  tilt: f32 = 0;
  /** -1 before it has a shape. */
  petals: f32 = -1;
  reach: StaticArray<f32> = new StaticArray<f32>(SECTORS);

  shape(petals: f32): void {
    this.petals = petals;
    for (let k = 0; k < SECTORS; k++) {
      const lobe = Mathf.pow(Mathf.abs(Mathf.cos((petals / 2) * (directionOf(k) + this.tilt))), 0.55);
      this.reach[k] = petals == 0 ? 1 : 0.5 + 0.72 * lobe;
    }
  }
}

// All of these follow from the code, the size of the page and the number of a particle: nothing is lost with them.
// @ts-ignore: a decorator of a variable
@transient
const blooms: StaticArray<Bloom> = makeBlooms();
// @ts-ignore: a decorator of a variable
@transient
const home: StaticArray<u8> = new StaticArray<u8>(COUNT);
// @ts-ignore: a decorator of a variable
@transient
const chance: StaticArray<f32> = chances();
// @ts-ignore: a decorator of a variable
@transient
const growth: StaticArray<f32> = roots();
// @ts-ignore: a decorator of a variable
@transient
const wave: StaticArray<f32> = sines();
// @ts-ignore: a decorator of a variable
@transient
const all: Uint8Array = new Uint8Array(COUNT * 21);
// @ts-ignore: a decorator of a variable
@transient
let wide: f32 = 0;
// @ts-ignore: a decorator of a variable
@transient
let high: f32 = 0;
// @ts-ignore: a decorator of a variable
@transient
let xs: usize = 0;
// @ts-ignore: a decorator of a variable
@transient
let ys: usize = 0;
// @ts-ignore: a decorator of a variable
@transient
let dxs: usize = 0;
// @ts-ignore: a decorator of a variable
@transient
let dys: usize = 0;
// @ts-ignore: a decorator of a variable
@transient
let ages: usize = 0;
// @ts-ignore: a decorator of a variable
@transient
let plants: usize = 0;

export function still(): Float32Array {
  return new Float32Array(COUNT);
}

export function none(): Uint8Array {
  return new Uint8Array(COUNT);
}

/** Where the particles are, and how they move. */
export function lay(x: Float32Array, y: Float32Array, dx: Float32Array, dy: Float32Array): void {
  xs = x.dataStart;
  ys = y.dataStart;
  dxs = dx.dataStart;
  dys = dy.dataStart;
}

/** How old they are, and which generation of the code planted them. */
export function grow(age: Float32Array, planted: Uint8Array): void {
  ages = age.dataStart;
  plants = planted.dataStart;
}

/** Puts the flowers where they stand on a page of this size. A garden that was never planted is, as after a long time. */
export function settle(width: f32, height: f32): void {
  if (width != wide || height != high) place(width, height);
  if (load<u8>(plants) == 0) plantAll();
}

/** The flower that a particle belongs to. */
export function flower(i: i32, petals: f32): Bloom {
  const bloom = unchecked(blooms[unchecked(home[i])]);
  if (bloom.petals != petals) bloom.shape(petals);
  return bloom;
}

/** Leads a particle to its place in its flower, round the heart, as long as it blooms. */
export function steer(i: i32, bloom: Bloom, spin: f32, dt: f32): void {
  const at = <usize>i << 2;
  const age = load<f32>(ages + at);
  if (age >= BLOOM) return;
  const px = load<f32>(xs + at) - bloom.x;
  const py = load<f32>(ys + at) - bloom.y;
  const r = sqrt<f32>(px * px + py * py) + 0.001;
  const u = unchecked(growth[<i32>(age * (<f32>STEPS / BLOOM))]);
  const rim = bloom.r * (u * outline(bloom, px, py, u) + (unchecked(chance[i]) - 0.5) * 0.035);
  const out = ((rim - r) * 2.2) / r;
  const turn = (spin * (bloom.r * 0.16 + r * 0.12)) / r;
  lean(at, px * out - py * turn, py * out + px * turn, dt);
}

/** Moves a particle, and makes it older: pollen flies with the wind, and what has flown away is planted anew. */
export function drift(i: i32, wind: f32, dt: f32): void {
  const at = <usize>i << 2;
  let age = load<f32>(ages + at);
  let x = load<f32>(xs + at);
  let y = load<f32>(ys + at);
  if (age >= BLOOM) {
    const own = unchecked(chance[i]) + age * 9;
    lean(at, wind * (1.25 + 0.6 * sine(y / 61 + own)), wind * 0.9 * sine(x / 83 + own * 1.6) * sine(y / 107 - own), dt);
  }
  age += dt / LIFE;
  x += load<f32>(dxs + at) * dt;
  y += load<f32>(dys + at) * dt;
  if (x > wide + 4) x -= wide + 8;
  if (age >= 1) {
    const bloom = unchecked(blooms[unchecked(home[i])]);
    age = 0;
    x = bloom.x + (unchecked(chance[i]) - 0.5) * 4;
    y = bloom.y + (random(i, 2) - 0.5) * 4;
    store<f32>(dxs + at, 0);
    store<f32>(dys + at, 0);
    store<u8>(plants + i, GENERATION);
  }
  store<f32>(ages + at, age);
  store<f32>(xs + at, x);
  store<f32>(ys + at, y);
}

/** All of the state as one piece of memory: x, y, dx, dy, age, planted. */
export function seen(): Uint8Array {
  const row = <usize>COUNT << 2;
  const to = all.dataStart;
  memory.copy(to, xs, row);
  memory.copy(to + row, ys, row);
  memory.copy(to + row * 2, dxs, row);
  memory.copy(to + row * 3, dys, row);
  memory.copy(to + row * 4, ages, row);
  memory.copy(to + row * 5, plants, COUNT);
  return all;
}

// @ts-ignore: a decorator of a function
@inline
function lean(at: usize, vx: f32, vy: f32, dt: f32): void {
  const k = min<f32>(1, dt * 3.2);
  const dx = load<f32>(dxs + at);
  const dy = load<f32>(dys + at);
  store<f32>(dxs + at, dx + (vx - dx) * k);
  store<f32>(dys + at, dy + (vy - dy) * k);
}

/** Round near the heart, and of the flower's shape farther out. */
// @ts-ignore: a decorator of a function
@inline
function outline(bloom: Bloom, px: f32, py: f32, u: f32): f32 {
  const reach = unchecked(bloom.reach[sectorOf(px, py)]);
  return 1 - min<f32>(1, u * 1.5) * (1 - reach);
}

/** A direction as a number that takes no arc tangent: the place where it crosses a square that stands on its corner. */
// @ts-ignore: a decorator of a function
@inline
function sectorOf(px: f32, py: f32): i32 {
  const side = px / (abs<f32>(px) + abs<f32>(py) + 0.0001);
  const along: f32 = py >= 0 ? <f32>1 - side : <f32>3 + side;
  return <i32>(along * <f32>(SECTORS / 4)) & (SECTORS - 1);
}

function directionOf(sector: i32): f32 {
  const along = <f32>sector / <f32>(SECTORS / 4);
  const side: f32 = along < 2 ? <f32>1 - along : along - 3;
  const up: f32 = <f32>1 - abs<f32>(side);
  return Mathf.atan2(along < 2 ? up : -up, side);
}

// @ts-ignore: a decorator of a function
@inline
function sine(x: f32): f32 {
  return unchecked(wave[<i32>(x * (<f32>STEPS / TURN)) & (STEPS - 1)]);
}

function place(width: f32, height: f32): void {
  wide = width;
  high = height;
  const row = (width > 800 ? 0 : width > 560 ? 1 : 2) * FLOWERS * 3;
  let total: f32 = 0;
  for (let k = 0; k < FLOWERS; k++) {
    const bloom = blooms[k];
    bloom.x = PLACES[row + k * 3] * width;
    bloom.y = PLACES[row + k * 3 + 1] * height;
    bloom.r = PLACES[row + k * 3 + 2] * min<f32>(width, height);
    total += bloom.r * bloom.r;
  }
  let i = 0;
  let share: f32 = 0;
  for (let k = 0; k < FLOWERS; k++) {
    share += (blooms[k].r * blooms[k].r) / total;
    const end = k == FLOWERS - 1 ? COUNT : <i32>(share * <f32>COUNT);
    for (; i < end; i++) home[i] = <u8>k;
  }
}

/** Puts every particle where it would be after a long time. */
function plantAll(): void {
  for (let i = 0; i < COUNT; i++) {
    const at = <usize>i << 2;
    const bloom = blooms[home[i]];
    const age = random(i, 3);
    const turn = random(i, 4) * TURN;
    const px = sine(turn + TURN / 4);
    const py = sine(turn);
    const u = growth[<i32>(min<f32>(age, BLOOM - 0.001) * (<f32>STEPS / BLOOM))];
    const r = bloom.r * (u * (bloom.petals < 0 ? 1 : outline(bloom, px, py, u)) + (chance[i] - 0.5) * 0.035);
    let x = bloom.x + px * r;
    let y = bloom.y + py * r;
    if (age >= BLOOM) {
      const gone = (age - BLOOM) * LIFE * 40;
      x += gone;
      y += sine(x / 90 + chance[i] * 2) * gone * 0.12;
      while (x > wide + 4) x -= wide + 8;
    }
    store<f32>(xs + at, x);
    store<f32>(ys + at, y);
    store<f32>(ages + at, age);
    store<u8>(plants + i, GENERATION);
  }
}

function makeBlooms(): StaticArray<Bloom> {
  const all = new StaticArray<Bloom>(FLOWERS);
  for (let k = 0; k < FLOWERS; k++) {
    all[k] = new Bloom();
    all[k].tilt = TURN / 4 + <f32>k * 0.37;
  }
  return all;
}

function chances(): StaticArray<f32> {
  const all = new StaticArray<f32>(COUNT);
  for (let i = 0; i < COUNT; i++) all[i] = random(i, 0);
  return all;
}

function roots(): StaticArray<f32> {
  const all = new StaticArray<f32>(STEPS + 1);
  for (let k = 0; k <= STEPS; k++) all[k] = sqrt<f32>(<f32>k / <f32>STEPS);
  return all;
}

function sines(): StaticArray<f32> {
  const all = new StaticArray<f32>(STEPS);
  for (let k = 0; k < STEPS; k++) all[k] = Mathf.sin((<f32>k * TURN) / <f32>STEPS);
  return all;
}

/** A number from 0 to 1 that belongs to a particle. */
function random(i: i32, salt: i32): f32 {
  let h = <u32>i * 0x9e3779b1 + <u32>salt * 0x85ebca6b + 0x165667b1;
  h = (h ^ (h >>> 15)) * 0x2c1b3c6d;
  h = (h ^ (h >>> 12)) * 0x297a2d39;
  h = h ^ (h >>> 15);
  return <f32>(h >>> 8) / <f32>(1 << 24);
}
