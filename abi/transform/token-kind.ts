/** Operators, as the compiler numbers them; see `compiler.ts`. */
export const TokenKind = {
  Plus: 81,
  Minus: 82,
  Asterisk: 84,
  Slash: 85,
  Percent: 86,
  PlusPlus: 87,
  MinusMinus: 88,
  ShiftLeft: 89,
  ShiftRight: 90,
  ShiftRightUnsigned: 91,
  And: 92,
  Or: 93,
  Xor: 94,
  Exclamation: 95,
  Tilde: 96,
  AmpersandAmpersand: 97,
  BarBar: 98,
  /** All operators from here up to `CaretEquals` assign. */
  Equals: 101,
  CaretEquals: 113,
} as const;
