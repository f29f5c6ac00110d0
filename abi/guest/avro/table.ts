/**
 * Maps and sets in the layout of AssemblyScript's library, read in place and in the order of insertion.
 *
 *     Map, Set:  buckets | bucketsMask | entries | entriesCapacity | entriesOffset | entriesCount
 *     an entry:  key | value (of a map) | next entry of the bucket, whose lowest bit says "deleted"
 */

@unmanaged export class MapEntry<K, V> {
  key: K;
  value: V;
  next: usize;
}

@unmanaged export class SetEntry<T> {
  key: T;
  next: usize;
}

/** The bytes from one entry to the next. */
// @ts-ignore: decorator
@inline export function mapStride<K, V>(): usize {
  return align(offsetof<MapEntry<K, V>>(), max(sizeof<K>(), sizeof<V>()));
}

// @ts-ignore: decorator
@inline export function setStride<T>(): usize {
  return align(offsetof<SetEntry<T>>(), sizeof<T>());
}

// @ts-ignore: decorator
@inline function align(size: usize, widest: usize): usize {
  const mask = max(widest, sizeof<usize>()) - 1;
  return (size + mask) & ~mask;
}

/** The first entry of a map or set. */
// @ts-ignore: decorator
@inline export function entries(table: usize): usize {
  return load<usize>(table, offsetof<Map<i32, i32>>("entries"));
}

/** The number of entries, deleted ones included. */
// @ts-ignore: decorator
@inline export function entryCount(table: usize): usize {
  return load<i32>(table, offsetof<Map<i32, i32>>("entriesOffset"));
}

/** The number of entries without deleted ones. */
// @ts-ignore: decorator
@inline export function tableSize(table: usize): i32 {
  return load<i32>(table, offsetof<Map<i32, i32>>("entriesCount"));
}

// @ts-ignore: decorator
@inline export function deleted(next: usize): bool {
  return (next & 1) != 0;
}

/**
 * The mask for the buckets of a table of `entries` entries: three buckets for every eight entries, rounded to
 * a power of two.
 */
export function bucketsMask(entries: i32): u32 {
  const buckets = <u32>((<i64>entries * 3 + 7) >> 3);
  return buckets <= 4 ? 3 : (<u32>1 << (32 - clz<u32>(buckets - 1))) - 1;
}
