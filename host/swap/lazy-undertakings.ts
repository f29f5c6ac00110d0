/** Where the undertakings of plugins are had from: a program that only calls plugins never loads them. */
import { LazyPart } from "../lazy-part.ts";

export type Undertakings = typeof import("./undertakings.ts");

export const UNDERTAKINGS = new LazyPart(() => import("./undertakings.ts"));
