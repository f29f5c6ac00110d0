/** Answers of many kinds, all from the state: right. */
import { Option, Result, state } from "moult/guest";

@state
class Kinds {
  names: Map<string, u32> = new Map();
  tags: Set<string> = new Set();
  numbers: Array<f64> = [];
}
const kinds = state<Kinds>();

export class Report {
  names: Map<string, u32> = new Map();
  tags: Array<string> = [];
  last: f64 = NaN;
}

export function put(name: string, number: f64): Result<u32, string> {
  if (kinds.names.has(name)) kinds.names.delete(name);
  kinds.names.set(name, <u32>kinds.numbers.length);
  kinds.tags.add(name + "!");
  kinds.numbers.push(number);
  if (name.length == 0) return Result.err<u32, string>("the " + kinds.numbers.length.toString() + "th has no name");
  return Result.ok<u32, string>(kinds.numbers.length);
}

export function report(): Report {
  const length = kinds.numbers.length;
  return { names: kinds.names, tags: kinds.tags.values(), last: length > 0 ? kinds.numbers[length - 1] / 0 : NaN };
}

export function tags(): Set<string> {
  return kinds.tags;
}

export function first(): Option<f64> {
  return kinds.numbers.length > 0 ? Option.some<f64>(kinds.numbers[0]) : Option.none<f64>();
}

export function none(): f64 {
  return 0.0 / <f64>(kinds.numbers.length - kinds.numbers.length);
}

export function zeros(): Array<f64> {
  return [0.0, -0.0, NaN];
}
