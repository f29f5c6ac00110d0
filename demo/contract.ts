/** What the demo expects of a log handler. */
import { contract, wit } from "moult";
import { z } from "zod";

const report = {
  lines: z.uint64(),
  malformed: z.uint64(),
  clients: z.uint32(),
  status: z.map(wit.u16(), z.uint64()),
};

export const LogHandler = contract("demo:logs/handler@1", {
  handle: { params: [z.string()], returns: z.boolean() },
  report: { params: [], returns: z.object(report) },
});

/** The wider report, from version 2 on. */
export const LogHandler2 = contract("demo:logs/handler@1", {
  report: {
    params: [],
    returns: z.object({
      ...report,
      bytes: z.uint64(),
      topPaths: z.array(z.object({ path: z.string(), count: z.uint64() })),
    }),
  },
});
