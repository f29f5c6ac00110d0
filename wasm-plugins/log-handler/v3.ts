/** Version 3 keeps status counts by class; what it keeps, and how version 2's counts become that, is in `totals-v3.ts`. */
export { handle, report } from "./totals-v3";
