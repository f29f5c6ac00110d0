/** A state of many objects, each of which is held once. */
import { state } from "moult/guest";

class Point {
  x: f64 = 0;
  y: f64 = 0;
}
class Order {
  id: u32 = 0;
  count: u64 = 0;
  at: Point = new Point();
}

@state
class Book {
  orders: Array<Order> = [];
}
const book = state<Book>();

export function fill(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const order = new Order();
    order.id = i;
    order.count = <u64>i * 3;
    order.at.x = i;
    book.orders.push(order);
  }
}
