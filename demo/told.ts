/** Errors in a row: what happened, without what the row says already. */

/** @param error of a swap or of a build */
export function shortly(error: { readonly message: string }): string {
  const [place] = /^\S+:\d+:\d+ error .*$/m.exec(error.message) ?? [];
  if (place) return place.replace(/^\S*[\\/]/, "");
  return error.message
    .split("\n", 1)[0]!
    .replace(/^(\[[a-z-]+\] )?could not (?:swap|call|roll back) \S+(?: \S+)?: /, "$1")
    .replace(
      /^(\[[a-z-]+\] )?(?:\S+ \S+: its \w+ failed|verify refused version \S+|version \S+ trapped): /,
      "$1",
    )
    .replace(/; (?:version \S+ still serves|it is not called again until .*)$/, "");
}
