/** The record of `echo.ts`, as JSON both ways. */
import { JSON } from "json-as";

@json
class Item {
  id: u32 = 0;
  count: i32 = 0;
  big: i64 = 0;
  ratio: f64 = 0;
  scale: f32 = 0;
  active: bool = false;
  name: string = "";
  city: string = "";
  note: string = "";
  tags: Array<string> = [];
}

export function pass(text: string): string {
  return JSON.stringify(JSON.parse<Item>(text));
}
