/** What `program.js` says in every engine. */
const entries = (way: string, call: string) => [
  `${way} call: ${call} 0`,
  `${way} save: failed-save 1`,
  `${way} restore: failed-restore 2`,
  `${way} onRestore: failed-restore 3`,
  `${way} checkState: failed-check 4`,
  `${way} stop: failed-stop 0`,
  `${way} cabi_realloc: ${call}`,
  `${way} cabi_post: ${call}`,
  `${way} _initialize: failed-start`,
  `${way} start: failed-start`,
];

export const EXPECTED = [...entries("near", "out-of-fuel"), ...entries("apart", "out-of-time")];
