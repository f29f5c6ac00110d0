/** What the server expects of its handler. */
import { contract, wit } from "moult";
import { z } from "zod";

export const Handler = contract("demo:pages/handler@1", {
  handle: {
    params: [z.string(), z.string()],
    returns: z.object({ status: wit.u16(), type: z.string(), body: z.string() }),
  },
  requests: { params: [], returns: z.uint64() },
});
