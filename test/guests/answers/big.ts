/** Large answers, one item of which is held outside of the state; and an err that is, and a trap that is. */
import { Result, state } from "moult/guest";

@state
class State {
  calls: u32 = 0;
}
const kept = state<State>();
let held: u32 = 0;

export function rows(): Array<string> {
  const rows = new Array<string>();
  for (let i = 0; i < 5_000; i++) rows.push("row " + (i == 4_321 ? held : 0).toString());
  return rows;
}

export function text(): string {
  return "-".repeat(3_000) + held.toString();
}

export function refuse(): Result<u32, string> {
  kept.calls++;
  return Result.err<u32, string>("refused for the " + held.toString() + "th time");
}

export function trap(): u32 {
  if (held > 0) throw new Error("held is " + held.toString());
  return 0;
}

export function hold(): void {
  held++;
}
