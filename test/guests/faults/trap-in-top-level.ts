export { add, value } from "./kept";

if (memory.size() > 0) throw new Error("the top level broke");
