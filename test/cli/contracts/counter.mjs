import { contract } from "moult";
import { z } from "zod";

export default contract("test:faults/counter@1", {
  add: { params: [z.uint32()], returns: z.uint32() },
  value: { params: [], returns: z.uint32() },
});
