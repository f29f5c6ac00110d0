/** Refuses every state that is not its own. */
import { state } from "moult/guest";

@state
class Room {
  said: u32[] = [];
  blob: string = "";
}
const room = state<Room>();

export function onRestore(): void {
  unreachable();
}

export function say(n: u32): u32 {
  room.said.push(n);
  return room.said.length;
}

export function said(): u32[] {
  return room.said;
}

export function swell(length: u32): void {
  room.blob = "x".repeat(length);
}

export function fall(): void {
  unreachable();
}
