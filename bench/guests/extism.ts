/** `echo.ts` for Extism, with Extism's own kit. */
import { Host } from "@extism/as-pdk";

export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable();
}

export function add(): i32 {
  const input = Host.input();
  const sum = new Uint8Array(4);
  store<i32>(sum.dataStart, load<i32>(input.dataStart) + load<i32>(input.dataStart, 4));
  Host.output(sum);
  return 0;
}

/** `Host.outputString` only supports ASCII, so this uses the kit's bytes. */
export function text(): i32 {
  Host.output(Uint8Array.wrap(String.UTF8.encode(Host.inputString())));
  return 0;
}

export function bytes(): i32 {
  Host.output(Host.input());
  return 0;
}

let turns = 0;

/** Never answers. */
export function spin(): i32 {
  while (true) turns++;
}
