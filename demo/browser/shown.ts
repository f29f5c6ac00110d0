/** Times and names as the page writes them. */
import type { Name } from "./breaks.ts";
import { put, type Texts } from "./texts.ts";

/** A pause as it was measured: in microseconds below ten milliseconds. */
export function shownTime(us: number, units = { us: "µs", ms: "ms" }): string {
  return us < 10_000
    ? `${us.toLocaleString("en")} ${units.us}`
    : `${Math.round(us / 1000).toLocaleString("en")} ${units.ms}`;
}

/** What a generation is called. */
export function shownName({ key, value = "", again }: Name, { names, numbers }: Texts): string {
  const spelled = key === "petals" ? (numbers[Number(value)] ?? value) : value;
  const name = put(names[key], { v: spelled });
  return again ? put(names.again, { name }) : name;
}
