import { state } from "moult/guest";
import { COUNT, drift, flower, settle, steer } from "./meadow";
import { grow, lay, none, seen, still } from "./meadow";

const PETALS: f32 = 0;
const SPIN: f32 = 0.4;
const WIND: f32 = 26;

@state
class Garden {
  x: Float32Array = still();
  y: Float32Array = still();
  dx: Float32Array = still();
  dy: Float32Array = still();
  age: Float32Array = still();
  planted: Uint8Array = none();
}
const garden = state<Garden>();

export function frame(dt: f32, w: f32, h: f32): Uint8Array {
  hold();
  settle(w, h);
  for (let i = 0; i < COUNT; i++) {
    const bloom = flower(i, PETALS);
    steer(i, bloom, SPIN, dt);
    drift(i, WIND, dt);
  }
  return seen();
}

export function look(): Uint8Array {
  hold();
  return seen();
}

function hold(): void {
  lay(garden.x, garden.y, garden.dx, garden.dy);
  grow(garden.age, garden.planted);
}
