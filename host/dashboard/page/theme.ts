/** Light or dark: as the reader's system is, until it is said otherwise. */
import { byId } from "./element.ts";

/** @param changed is told after each change */
export function theme(changed: () => void): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen: "light" | "dark" | undefined;
  const apply = () => {
    document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
    changed();
  };
  dark.addEventListener("change", apply);
  byId("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    apply();
  });
  apply();
}
