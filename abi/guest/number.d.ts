/**
 * AssemblyScript declares `Number` as an alias, which TypeScript 7 ignores: numbers would have no methods. An
 * interface with that name gives them back; `skipLibCheck` keeps the two declarations from being compared.
 */
interface Number extends _Float {
  toString(radix?: number): string;
}
