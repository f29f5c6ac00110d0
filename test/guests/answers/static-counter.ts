/** A counter in a static field. */
class Stats {
  static hits: u64 = 0;
}

export function hit(): u64 {
  return ++Stats.hits;
}

export function hits(): u64 {
  return Stats.hits;
}
