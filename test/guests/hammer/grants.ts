/** What the hammer grants: a stage that sees every call and says what goes wrong, and a world that may answer later. */

@capability("test:hammer/stage@1.0.0")
export class Stage {
  /** What to do at this turn of the guest's life. */
  static at(turn: u32): u32 {
    return imported<u32>();
  }
  /** An instance began, with this state. */
  static begun(version: u32, count: u32, chain: u32): void {
    imported<void>();
  }
  /** A call ran to its end, and left this state. */
  static ran(id: u32, count: u32, chain: u32): void {
    imported<void>();
  }
  static glance(id: u32): u32 {
    return imported<u32>();
  }
}

@capability("test:hammer/world@1.0.0")
export class World {
  static look(id: u32): u32 {
    return imported<u32>();
  }
  static act(id: u32): u32 {
    return imported<u32>();
  }
}
