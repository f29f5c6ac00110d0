import { contract } from "moult";
import { z } from "zod";

/** What a host expects of this plugin. */
export const Counter = contract("{{interface}}@1", {
  add: { params: [z.uint32()], returns: z.uint64() },
  total: { params: [], returns: z.uint64() },
});
