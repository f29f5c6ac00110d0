/** A plugin's grants, one of which is answered when the test says so: a call of it is inside until then. */
import { z } from "zod";
import { capability, contract } from "../../host/mod.ts";

/** A part of what `test/guests/faults/granted.ts` exports. */
export const Granted = contract("test:faults/counter@1", {
  look: { params: [], returns: z.uint32() },
  act: { params: [z.uint32()], returns: z.uint32() },
});

/** @returns what to grant (asynchronously: in a thread), what `act` was asked for, and what lets `look` answer 7 */
export function held() {
  let release = () => {};
  const waiting = new Promise<void>((resolve) => {
    release = resolve;
  });
  const acted: number[] = [];
  const metrics = capability(
    "test:faults/metrics@1",
    {
      look: { params: [], returns: z.uint32(), async: true },
      act: { params: [z.uint32()], returns: z.uint32(), kind: "effect" },
      tell: { params: [z.string()], kind: "post" },
      attempt: { params: [z.uint32()], returns: z.uint32(), fails: true },
    },
    () => ({
      look: () => waiting.then(() => 7),
      act: (n) => {
        acted.push(n);
        return n;
      },
      tell: () => {},
      attempt: (n) => n,
    }),
  );
  return { metrics, acted, release };
}
