/** The account, which looks at its state before it serves. */
export { add, book, bookAndTrap, bookTwice, calls, exchange, sum, take, trap } from "./account";

export function checkState(): string | null {
  return null;
}
