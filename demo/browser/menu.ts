/** The menu of what may be broken: what is tried, what is promised, and after the run what was found. */
import { BREAKS, type Break } from "./breaks.ts";
import { element } from "./element.ts";
import { put, type Texts, type Values } from "./texts.ts";

export function drawMenu(
  tried: ReadonlyMap<Break, Values>,
  texts: Texts,
  attempt: (how: Break) => void,
): void {
  const list = element("breaks");
  if (list.children.length === 0) list.append(...BREAKS.map((how) => item(how, attempt)));
  const n = tried.size;
  element("tried").textContent = n ? put(texts.tried, { n, m: texts.allheld }) : texts.none;
  for (const button of list.querySelectorAll<HTMLElement>("[data-break]")) {
    const how = button.dataset.break as Break;
    const [title, promise, found] = texts.breaks[how] as [string, string, string];
    const values = tried.get(how);
    button.classList.toggle("done", values !== undefined);
    button.querySelector("strong")!.textContent = title;
    button.querySelector("small")!.textContent = values ? put(found, values) : promise;
  }
}

function item(how: Break, attempt: (how: Break) => void): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.break = how;
  button.append(document.createElement("strong"), document.createElement("small"));
  button.addEventListener("click", () => attempt(how));
  const li = document.createElement("li");
  li.append(button);
  return li;
}
