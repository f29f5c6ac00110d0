/** Nothing is wrong with this one. The broken ones keep the same, so that states cross between all of them as they are. */
export { add, value } from "./kept";
