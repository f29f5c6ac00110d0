class Datetime {
  seconds: u64;
  nanoseconds: u32;
}

@capability("wasi:clocks/wall-clock@0.2.3")
class WallClock {
  static now(): Datetime {
    return imported<Datetime>();
  }
}

@capability("wasi:clocks/monotonic-clock@0.2.3")
class MonotonicClock {
  static now(): u64 {
    return imported<u64>();
  }
}

/** The host's time. */
export namespace clock {
  /** Milliseconds since 1970 in UTC. May jump, because people set clocks. */
  export function now(): i64 {
    const time = WallClock.now();
    return <i64>(time.seconds * 1000 + time.nanoseconds / 1_000_000);
  }

  /** Nanoseconds since some moment. Never goes back; the host may round it. */
  export function monotonic(): u64 {
    return MonotonicClock.now();
  }
}
