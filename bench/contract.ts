/** The contracts of moult's plugins in the benchmark. */
import { contract, wit } from "moult";
import { z } from "zod";

export const Item = z.object({
  id: z.uint32(),
  count: z.int32(),
  big: z.int64(),
  ratio: z.float64(),
  scale: z.float32(),
  active: z.boolean(),
  name: z.string(),
  city: z.string(),
  note: z.string(),
  tags: z.array(z.string()),
});

export const Echo = contract("bench:echo/echo@1", {
  add: { params: [z.int32(), z.int32()], returns: z.int32() },
  text: { params: [z.string()], returns: z.string() },
  bytes: { params: [wit.bytes()], returns: wit.bytes() },
  pass: { params: [Item], returns: Item },
});

export const State = contract("bench:echo/echo@1", {
  fill: { params: [z.uint32()] },
  enter: { params: [z.uint32()] },
  write: { params: [z.uint32()], returns: z.int64() },
  size: { params: [], returns: z.uint32() },
});

const kernel = { params: [z.int32()], returns: z.int32() };
export const Kernels = contract("bench:echo/echo@1", {
  calls: kernel,
  floats: kernel,
  bytes: kernel,
  rounds: kernel,
  maps: kernel,
  sorts: kernel,
  scans: kernel,
});

export const Runaway = contract("bench:echo/echo@1", { spin: kernel, calls: kernel });

export const Work = contract("bench:echo/echo@1", {
  digest: { params: [z.uint32()], returns: z.uint32() },
});
