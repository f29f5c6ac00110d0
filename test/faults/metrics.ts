/** What the guests of `test/guests/faults` are granted, and what they are called by where they use it. */
import { z } from "zod";
import { capability, contract, type Grant, wit } from "../../host/mod.ts";

export const Granted = contract("test:faults/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
  look: { params: [], returns: z.uint32() },
  act: { params: [z.uint32()], returns: z.uint32() },
  tell: { params: [z.string()] },
  attempt: { params: [z.uint32()], returns: z.string() },
});

export interface Host {
  readonly look: () => number;
  readonly act: (step: number) => number;
  readonly tell: (line: string) => void;
  readonly attempt: (step: number) => number;
}

const IDLE: Host = { look: () => 0, act: (step) => step, tell: () => {}, attempt: (step) => step };

/** One function of each kind, and one that may fail. What is not given does nothing. */
export function metrics(host: Partial<Host> = {}): Grant {
  return capability(
    "test:faults/metrics@1.0.0",
    {
      look: { params: [], returns: z.uint32(), kind: "read" },
      act: { params: [z.uint32()], returns: z.uint32() },
      tell: { params: [z.string()], kind: "post" },
      attempt: { params: [z.uint32()], returns: wit.result(z.uint32(), z.string()) },
    },
    () => ({ ...IDLE, ...host }),
  );
}
