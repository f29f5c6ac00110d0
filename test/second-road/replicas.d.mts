import type { ChildProcess } from "node:child_process";

export function start(file: string, ...args: (string | number)[]): Promise<ChildProcess>;
export function stop(child: ChildProcess): Promise<void>;
export function replace(
  replicas: ChildProcess[],
  file: string,
  ports: readonly number[],
  version: number,
  settle: () => Promise<void>,
): Promise<void>;
