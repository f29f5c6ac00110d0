/** The functions of every echo guest, however it is called. */

export interface Item {
  readonly id: number;
  readonly count: number;
  readonly big: bigint;
  readonly ratio: number;
  readonly scale: number;
  readonly active: boolean;
  readonly name: string;
  readonly city: string;
  readonly note: string;
  readonly tags: string[];
}

export interface Echo {
  add(a: number, b: number): number;
  text(value: string): string;
  bytes(value: Uint8Array): Uint8Array;
  pass(value: Item): Item;
}
