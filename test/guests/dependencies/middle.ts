import { capability, imported, Result, state } from "moult/guest";

class Sum {
  total: u32 = 0;
}

@capability("test:dependencies/base@1.0.0")
class Base {
  static add(step: u32): u32 { return imported<u32>(); }
  static total(): u32 { return imported<u32>(); }
  static sum(): Sum { return imported<Sum>(); }
  static half(step: u32): Result<u32, string> { return imported<Result<u32, string>>(); }
  static fail(): u32 { return imported<u32>(); }
}

@state
class Middle {
  total: u32 = 0;
}
const middle = state<Middle>();

export function add(step: u32): u32 {
  Base.add(step);
  middle.total += step;
  return middle.total;
}

export function total(): u32 {
  return middle.total;
}

export function below(): u32 {
  return Base.total();
}

export function sumBelow(): u32 {
  return Base.sum().total;
}

export function half(step: u32): string {
  const answer = Base.half(step);
  return answer.isOk ? answer.value.toString() : "err: " + answer.error;
}

export function failBelow(): u32 {
  return Base.fail();
}
