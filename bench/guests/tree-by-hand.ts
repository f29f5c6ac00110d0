/** `tree.ts` with a save that does not look for objects that are met twice: the bytes are the same. */
class Point {
  x: f64 = 0;
  y: f64 = 0;
}
class Order {
  id: u32 = 0;
  count: u64 = 0;
  at: Point = new Point();
}

const CHUNK: usize = 1 << 16;
const orders: Array<Order> = [];
const chunk: usize = heap.alloc(CHUNK);
let at: usize = chunk;

export function fill(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const order = new Order();
    order.id = i;
    order.count = <u64>i * 3;
    order.at.x = i;
    orders.push(order);
  }
}

// @ts-ignore: decorator
@external("env", "write")
declare function write(pointer: usize, length: usize): i32;

let stopped: bool = false;

function flush(): void {
  if (!stopped && at > chunk) stopped = write(chunk, at - chunk) == 0;
  at = chunk;
}

// @ts-ignore: decorator
@inline function room(bytes: usize): void {
  if (chunk + CHUNK - at < bytes) flush();
}

function long(value: i64): void {
  room(10);
  let to = at;
  let rest = <u64>((value << 1) ^ (value >> 63));
  while (rest > 0x7f) {
    store<u8>(to++, <u8>(rest | 0x80));
    rest >>= 7;
  }
  store<u8>(to, <u8>rest);
  at = to + 1;
}

function float(value: f64): void {
  room(8);
  store<f64>(at, value);
  at += 8;
}

// @ts-ignore: decorator
@inline function held(pointer: usize): usize {
  if (pointer == 0) throw new Error("found nothing");
  return pointer;
}

function putPoint(point: usize): void {
  float(load<f64>(point, offsetof<Point>("x")));
  float(load<f64>(point, offsetof<Point>("y")));
}

function putOrder(order: usize): void {
  long(load<u32>(order, offsetof<Order>("id")));
  long(load<u64>(order, offsetof<Order>("count")));
  putPoint(held(load<usize>(order, offsetof<Order>("at"))));
}

/** Writes through the host's `write`, a chunk at a time, with the checks that every save has. */
export function save(): void {
  at = chunk;
  stopped = false;
  long(orders.length);
  let from = orders.dataStart;
  for (let i = 0, length = orders.length; i < length && !stopped; i++) {
    putOrder(held(load<usize>(from)));
    from += sizeof<usize>();
  }
  long(0);
  flush();
}
