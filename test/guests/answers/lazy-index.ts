/** An index that is made of the state when it is asked for: right, since it is made again where it is not there. */
import { state } from "moult/guest";

class Item {
  name: string = "";
  count: u32 = 0;
}
@state
class Items {
  list: Array<Item> = [];
}
const items = state<Items>();
let index: Map<string, Item> | null = null;

function indexed(): Map<string, Item> {
  let made = index;
  if (made) return made;
  made = new Map();
  for (let i = 0; i < items.list.length; i++) made.set(items.list[i].name, items.list[i]);
  index = made;
  return made;
}

export function add(name: string): u32 {
  const made = indexed();
  if (!made.has(name)) {
    const item: Item = { name, count: 0 };
    items.list.push(item);
    made.set(name, item);
  }
  return ++made.get(name).count;
}

export function find(name: string): u32 {
  const made = indexed();
  return made.has(name) ? made.get(name).count : 0;
}
