/** Who may look at a dashboard. */
import { PluginError } from "../errors.ts";
import { checkGroup } from "../option.ts";

export interface DashboardOptions {
  /**
   * Whether it shows itself to this machine without a token: versions, figures, the history. To change anything wants
   * a token all the same.
   * @default false: it asks for a token with the verbs `status` and `history`
   */
  readonly open?: boolean;
}

/** @throws PluginError `argument` */
export function isOpenTo(options: DashboardOptions): boolean {
  checkGroup(options, "options");
  const { open = false } = options;
  if (typeof open === "boolean") return open;
  throw new PluginError("argument", "could not make a dashboard: open is true or false");
}
