/** What cannot be shown in a line of text as it is. */

/**
 * What moves a cursor, hides text or turns its direction, what no text may have, and what cannot be seen. The marks that
 * make a character an emoji are harmless.
 */
export const UNPRINTABLE =
  /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Whether a text can be shown as it is: in a terminal, a log, a page. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}
