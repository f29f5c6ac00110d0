/** How the editor looks: in the tokens of the page's style sheet, which reach into its shadow. */
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const THEME = EditorView.theme({
  "&": { height: "100%", backgroundColor: "transparent", color: "var(--ink)", fontSize: "13px" },
  "&.cm-focused": { outline: "2px solid var(--ink)", outlineOffset: "-2px" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    lineHeight: "19px",
    fontVariantLigatures: "none",
    scrollbarWidth: "thin",
    scrollbarColor: "var(--line) transparent",
  },
  ".cm-content": {
    padding: "2px 0 10px",
    caretColor: "var(--ink)",
    flexShrink: "0",
    minWidth: "calc(100% - var(--gutter))",
  },
  ".cm-line": { padding: "0 24px 0 20px", position: "relative" },
  ".cm-gutters": {
    backgroundColor: "var(--sheet)",
    color: "var(--ink3)",
    border: "0",
    fontSize: "11.5px",
    width: "var(--gutter)",
    justifyContent: "flex-end",
  },
  ".cm-lineNumbers": { width: "100%" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0", minWidth: "0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--ink) 18%, transparent)",
  },
  ".edit": {
    backgroundColor: "color-mix(in srgb, var(--next) 9%, transparent)",
  },
  ".cm-gutterElement.edit": {
    backgroundColor: "color-mix(in srgb, var(--next) 9%, transparent)",
    boxShadow: "inset 3px 0 0 var(--next)",
  },
  ".cm-gutterElement.bad": { color: "var(--ink)", fontWeight: "700" },
  ".edit .value, .edit .value *": { color: "var(--next)", fontWeight: "700" },
  ".blamed": {
    textDecoration: "underline wavy 1px var(--next)",
    textUnderlineOffset: "3px",
  },
  ".was, .code": { fontStyle: "normal", color: "var(--ink3)", paddingLeft: "18px", fontSize: "11.5px" },
  ".edit .was, .edit .code": { color: "var(--ink2)" },
  ".place": { padding: "3px 24px 7px 20px" },
  ".note": {
    position: "sticky",
    left: "calc(var(--gutter) + 20px)",
    width: "min(472px, calc(100vw - var(--gutter) - 44px))",
    padding: "7px 12px 8px",
    borderLeft: "3px solid var(--next)",
    backgroundColor: "color-mix(in srgb, var(--next) 9%, var(--sheet))",
    font: "13px/19px var(--sans)",
    whiteSpace: "normal",
  },
  ".note button": {
    font: "inherit",
    padding: "3px 0",
    border: "0",
    background: "none",
    cursor: "pointer",
    color: "var(--next)",
    fontWeight: "500",
    textDecoration: "underline 1px",
    textUnderlineOffset: "3px",
    whiteSpace: "nowrap",
  },
  ".note button:focus-visible": { outline: "2px solid var(--ink)", outlineOffset: "2px" },
});

export const COLORS = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.modifier, tags.operatorKeyword], color: "var(--ink3)" },
  { tag: [tags.string, tags.typeName, tags.meta], color: "var(--ink2)" },
  { tag: [tags.comment], color: "var(--ink3)" },
  { tag: [tags.number], color: "var(--ink)", fontWeight: "500" },
]);
