/** `moult/dashboard`: a page for the browser that shows a served plugin, a fabric or a split, and changes it. */
export type { Dashboard } from "../remote/dashboard.ts";
export { dashboard } from "./dashboard.ts";
export type { DashboardOptions } from "./dashboard-options.ts";
export { type ServedDashboard, serveDashboard } from "./serve-dashboard.ts";
export type { ShownSplit } from "./split-watch.ts";
