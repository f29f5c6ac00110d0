/** What people do to the page, other than in the editor. */
import type { Editor } from "./editor.ts";
import { element, root } from "./element.ts";
import type { GardenView } from "./garden-view.ts";
import type { Lang } from "./texts.ts";

interface Heard {
  lang: Lang;
  readonly garden: GardenView;
  readonly editor: Editor;
  save(): Promise<void>;
  pause(): void;
  /** Writes all texts in the language that the page has now. */
  write(): void;
}

export function listen(page: Heard): void {
  if (/Mac|iP/.test(navigator.platform)) element("savekey").textContent = "⌘ S";
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    page.editor.focus();
  });
  element("save").addEventListener("click", () => void page.save());
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    void page.save();
  });
  for (const each of document.querySelectorAll<HTMLElement>("[data-lang]"))
    each.addEventListener("click", () => {
      page.lang = each.dataset.lang as Lang;
      page.write();
    });
  element("theme").addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    page.garden.theme();
  });
  element("pause").addEventListener("click", () => page.pause());
}
