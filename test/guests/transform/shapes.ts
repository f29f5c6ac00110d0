class Located {
  x: i32 = 0;
  y: f64 = 0;
}

export class Point {
  constructor(
    public x: i32,
    public y: f64,
  ) {}
}

export enum Level {
  Low,
  Mid,
  VeryHigh,
}

export class Named extends Located {
  name: string = "";
  private tags: Array<string> = [];
  readonly level: Level = Level.Low;
}

export class Pair<A, B> {
  constructor(
    public first: A,
    public second: B,
  ) {}
}
