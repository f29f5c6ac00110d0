import { contract } from "moult";
import { z } from "zod";

export const kept = 7;
/** More than the counter has. */
export const Reset = contract("test:faults/counter@1", {
  value: { params: [], returns: z.string() },
  reset: { params: [] },
});
