/** Strings that no well-formed text has: both ways, and kept. */
import { state } from "moult/guest";

@state
class Kept {
  text: string = "";
}

const kept = state<Kept>();

export function echo(text: string): string {
  kept.text = text;
  return text;
}

export function half(high: bool): string {
  kept.text = String.fromCharCode(high ? 0xd83d : 0xde00);
  return "<" + kept.text + ">";
}

export function code(): u32 {
  return kept.text.length > 0 ? kept.text.charCodeAt(0) : 0;
}
