// Counts in a fabric of its directory until it is killed, and says of each change when it was acknowledged.
import { directoryFabric } from "../../host/node/mod.ts";

const fabric = await directoryFabric(process.argv[2], { fsync: "never" });
const blob = new Uint8Array(100_000);
for (;;) {
  const entry = await fabric.kv.get("sum");
  const sum = Number(entry ? new TextDecoder().decode(entry.value) : 0) + 1;
  new DataView(blob.buffer).setUint32(0, sum);
  await fabric.kv.put("blob", new TextEncoder().encode(await fabric.blobs.put(blob)));
  await fabric.kv.put("sum", new TextEncoder().encode(String(sum)));
  // In one write, before anything else happens.
  await new Promise((resolve) => process.stdout.write("changed\n", resolve));
}
