import { Result, state } from "moult/guest";

@state
class Base {
  total: u32 = 0;
}
const base = state<Base>();

export function add(step: u32): u32 {
  base.total += step;
  return base.total;
}

export function total(): u32 {
  return base.total;
}

export function half(step: u32): Result<u32, string> {
  if (step % 2) return Result.err<u32, string>("an odd number");
  return Result.ok<u32, string>(step / 2);
}

export function fail(): u32 {
  return unreachable();
}
