/**
 * Restores objects of `@shared` classes by their numbers: each is made when the first reference to it
 * arrives, and filled when its turn comes in the table behind the state.
 */
import { decimal } from "../decimal";
import { fail } from "./buffer";
import { classOf } from "./met";
import { take } from "./source";

export { closeInside, openInside } from "./inside";

/** More objects fit into no memory. */
// @ts-ignore: decorator
@inline const MOST: i32 = 1 << 28;
/** Numbers up to this are accepted before as many references have arrived. */
// @ts-ignore: decorator
@inline const FEW: i32 = 1 << 10;

let objects: Array<Object | null> = [];
/** Objects with numbers far beyond the references so far: a number alone reserves nothing. */
let far: Map<i32, Object> = new Map();
let arrived: i32 = 0;
let highest: i32 = -1;

export function openShared(): void {
  objects = [];
  far = new Map();
  arrived = 0;
  highest = -1;
}

/** Checks that every reference leads to one of the `count` objects in the table. */
export function closeShared(count: i32, place: u32): void {
  if (highest >= count) {
    fail(place, "found a reference to object " + decimal(highest) + ", and there are " + decimal(count));
  }
  openShared();
}

/** The object that a reference leads to. */
export function takeShared(id: u32, size: usize, place: u32): usize {
  const number = take<i32>(place);
  if (<u32>number >= <u32>MOST) fail(place, "found " + decimal(number) + ", wanted the number of an object");
  arrived++;
  highest = max(highest, number);
  return objectAt(number, id, size, place);
}

/** The object that is filled next. */
export function entry(number: i32, id: u32, size: usize, place: u32): usize {
  arrived++;
  return objectAt(number, id, size, place);
}

/**
 * Makes an existing object the one with a number. Returns whether it could: the number may already have
 * another object, or the class may differ.
 */
export function keepShared(number: i32, object: usize, id: u32): bool {
  if (object == 0 || <u32>number >= <u32>FEW || classOf(object) != id) return false;
  if (at(number) !== null) return false;
  for (let i = 0; i < objects.length; i++) {
    if (changetype<usize>(unchecked(objects[i])) == object) return false;
  }
  put(number, changetype<Object>(object));
  return true;
}

function objectAt(number: i32, id: u32, size: usize, place: u32): usize {
  let object = changetype<usize>(at(number));
  if (object == 0) {
    object = __new(size, id);
    put(number, changetype<Object>(object));
  } else if (classOf(object) != id) {
    fail(place, "found a reference to object " + decimal(number) + ", which is of another class");
  }
  return object;
}

function at(number: i32): Object | null {
  const near = number < objects.length ? unchecked(objects[number]) : null;
  // An object that was made far stays there, even when the list has grown to its number since.
  return near === null && far.size > 0 && far.has(number) ? far.get(number) : near;
}

function put(number: i32, object: Object): void {
  if (number == objects.length) {
    objects.push(object);
    return;
  }
  if (number > objects.length) {
    if (<i64>number > max<i64>(FEW, <i64>arrived << 2)) {
      far.set(number, object);
      return;
    }
    objects.length = <i32>min<i64>(MOST, max<i64>(number + 1, <i64>objects.length << 1));
  }
  unchecked((objects[number] = object));
}
