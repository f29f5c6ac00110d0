import { Sink, Source } from "moult/guest";

export { add, save, value } from "./hooks";

export function restore(source: Source): void {
  source.read(1);
}
