// Replaces the code of a plugin that is served.
import { readFile } from "node:fs/promises";
import { connect } from "moult/remote";

export async function swap(url, file, token) {
  const operator = await connect(url, { token });
  await operator.swap(await readFile(file));
  await operator.close();
}
