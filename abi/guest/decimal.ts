/** A number in decimal. AssemblyScript's own `toString` would add several times the code to every plugin. */
export function decimal(value: i64): string {
  let rest = value < 0 ? 0 - <u64>value : <u64>value;
  let text = "";
  do {
    text = String.fromCharCode(48 + <i32>(rest % 10)) + text;
    rest /= 10;
  } while (rest != 0);
  return value < 0 ? "-" + text : text;
}
