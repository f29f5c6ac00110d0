/** What a visitor's browser asks for: the language, and light or dark. The page's address may say otherwise. */
import { root } from "./element.ts";
import { type Lang, TEXTS } from "./texts.ts";

export function langOf(): Lang {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "en" || asked === "zh") return asked;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

export function themeOf(): "dark" | "light" {
  const asked = new URLSearchParams(location.search).get("theme");
  if (asked === "dark" || asked === "light") return asked;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Writes the texts that never change but with the language. */
export function writeTexts(lang: Lang): void {
  const texts = TEXTS[lang];
  root.lang = lang === "zh" ? "zh-Hans" : "en";
  document.title = texts.title;
  for (const each of document.querySelectorAll<HTMLElement>("[data-t]"))
    each.textContent = texts[each.dataset.t as "sub"];
  for (const each of document.querySelectorAll<HTMLElement>("[data-label]"))
    each.setAttribute("aria-label", texts[each.dataset.label as "sub"]);
  for (const each of document.querySelectorAll<HTMLElement>("[data-lang]"))
    each.setAttribute("aria-pressed", String(each.dataset.lang === lang));
}
