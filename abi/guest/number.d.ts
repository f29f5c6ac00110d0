/**
 * AssemblyScript declares `Number` as an alias, which TypeScript 7 takes for nothing: numbers would have no
 * methods. An
 * interface of the name beside it gives them back; `skipLibCheck` keeps the two from being compared.
 */
interface Number extends _Float {
  toString(radix?: number): string;
}
