import { capability, imported, Option, Result } from "moult/guest";

@capability("test:nullable/lookup@1.0.0")
class Lookup {
  static find(key: string | null): string | null {
    return imported<string | null>();
  }
}

export class Entry {
  name: string | null = null;
  next: string | null = null;
}

export function one(value: string | null): string | null {
  return value;
}

export function entry(value: Entry | null): Entry | null {
  return value;
}

export function list(values: Array<string | null>): Array<string | null> {
  return values;
}

export function map(values: Map<string, Entry | null>): Map<string, Entry | null> {
  return values;
}

export function result(value: string | null): Result<string | null, string> {
  return Result.ok<string | null, string>(value);
}

export function number(value: Option<u32>): Option<u32> {
  return value;
}

export function twice(value: Option<Option<u32>>): Option<Option<u32>> {
  return value;
}

export function find(key: string | null): string | null {
  return Lookup.find(key);
}
