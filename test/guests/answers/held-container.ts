/** Parts of the state that are held on to at file level. */
import { state } from "moult/guest";

@state
class State {
  hits: u32 = 0;
  pages: Map<string, u32> = new Map();
  list: Array<u32> = [];
}
const pages = state<State>().pages;
const list = state<State>().list;

export function put(key: string): void {
  pages.set(key, 1);
  list.push(1);
}

export function size(): string {
  return pages.size.toString() + "/" + list.length.toString();
}
