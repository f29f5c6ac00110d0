/** `moult/dashboard`: a page for the browser that shows a served plugin, and swaps it. */
export type { Dashboard } from "../remote/dashboard.ts";
export { type DashboardOptions, dashboard } from "./dashboard.ts";
