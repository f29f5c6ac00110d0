import { Result, state } from "moult/guest";

@state
class Base {
  total: u32 = 0;
}
const base = state<Base>();

export class Sum {
  total: u32 = 0;
}

export function add(step: u32): u32 {
  return unreachable();
}

export function total(): u32 {
  return base.total;
}

export function sum(): Sum {
  return { total: base.total };
}

export function half(step: u32): Result<u32, string> {
  return Result.ok<u32, string>(step / 2);
}

export function fail(): u32 {
  return 0;
}
