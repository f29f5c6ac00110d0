import { contract } from "moult";
import { z } from "zod";

/** What a host expects of a log handler. */
export const LogHandler = contract("demo:logs/handler@1", {
  handle: { params: [z.string()], returns: z.boolean() },
  report: { params: [], returns: z.object({ lines: z.uint64(), clients: z.uint32() }) },
});

/** What this version can do besides. */
export const LogHandler2 = contract("demo:logs/handler@1", {
  lastSeen: { params: [z.string()], returns: z.int64() },
});
